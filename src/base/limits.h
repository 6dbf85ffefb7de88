// Every limit of the library, with its reason. Change one here, nowhere else.
#pragma once

#include <cstddef>
#include <cstdint>

namespace inlet {

// ---- poller and shards
constexpr size_t kTurnBytes =
    88;  // of a task, what is touched in a plain turn of a session: fetched into the cache before (server/session.h)
constexpr size_t kEventsPerWait =
    64;                               // readiness events fetched at once: they run in the same turn, still in the cache
constexpr unsigned kShardsMax = 256;  // more event loops than any machine has cores

// ---- priorities: INET_PRIORITY_BACKGROUND .. CRITICAL
constexpr unsigned kPriorities = 5;
constexpr unsigned kPriorityWeights[kPriorities] = {1, 2, 4, 8, 16};  // runs of a round, while several levels wait
// Callbacks between two looks at the poller while one level waits, so that no session waits for a whole queue. A look costs less
// than a tenth of a callback; the low levels look often, for others that may have come.
constexpr unsigned kRunsPerTurn[kPriorities] = {8, 16, 64, 64, 64};
// Niceness of a thread that serves one level alone, which is a callback off its shard. Each 5 is a factor of 3 in
// what a busy processor gives. Below 0 takes a privilege.
constexpr int kPriorityNice[kPriorities] = {10, 5, 0, -5, -10};
// Socket buffers of clients; 0 leaves them to the system, which lets them grow to what the connection can use.
constexpr int kPriorityBufferBytes[kPriorities] = {16 << 10, 64 << 10, 0, 0, 0};
// The level whose shards look on before they sleep (engine/spin.h): others are not to take a processor from anybody.
constexpr unsigned kSpinPriority = kPriorities - 1;
constexpr int64_t kSpin_us =
    50;  // several round trips of a client on the same machine or network; more only burns time
constexpr unsigned kSpinMissCost = 4;    // it pays while four of five events come so soon
constexpr unsigned kSpinCreditsMax = 8;  // two late ones, and it has to be earned again
constexpr int64_t kSpinRest_ms = 20;     // somebody else wanted the processor: several slices of the system's scheduler

// ---- timers
constexpr int64_t kTimerTick_ms = 64;  // timeouts are whole seconds; a tick late is 6 % of the shortest
constexpr size_t kTimerSlots = 512;    // one round is 32 s; longer timers go round again

// ---- unsent bytes of nonblocking sends (provider/linux/spill.h)
constexpr size_t kSpillBytesMax = size_t{256} << 20;  // of one socket; a larger nonblocking send is refused
constexpr size_t kSpillBlockBytes = 256 << 10;        // freed one by one as the peer takes the data
constexpr size_t kSpillTurnBytes = 4 << 20;  // sent at once, so that one fast reader does not hold up other sockets
constexpr int64_t kSpillCleanup_ms =
    2'000;  // how long the last WSPCleanup waits for what closed sockets still have to send

// ---- duplicates for other processes (provider/linux/offers.h)
constexpr size_t kOffersMax = 1024;             // not opened yet; each costs two descriptors until then
constexpr int kOfferAnswer_ms = 5'000;          // how long the opener waits for the process that offers
constexpr size_t kOfferedConnectionsMax = 200;  // of a listener's queue that go along; Linux passes 253 at once

// ---- crew and watchdog
constexpr unsigned kCrewThreadsMax = 8192;    // threads of one engine: a callback that is blocked holds one
constexpr int64_t kSpareRetire_ms = 10'000;   // an idle spare ends after this
constexpr int64_t kWatchdogCalm_us = 10'000;  // it looks when no shard gets on for so long; a look costs 25 to 50 us
constexpr int64_t kPutOff_ms = 5;  // at most so often a shard that gets on puts the look off; that costs 0.5 us
constexpr int64_t kWatchdogWary_us = 1000;  // the same for some time after one has
constexpr int64_t kWary_ms = 60'000;        // how long that is
constexpr int64_t kWatchdogAlert_us = 200;  // the same while one is suspected, and while callbacks have blocked lately
constexpr int64_t kAlert_ms = 1000;         // how long "lately" is
constexpr int64_t kLongTurn_ms = 2;         // a turn that takes longer has met a callback that is worth a second look
constexpr unsigned kWatchdogPatience = 50;  // looks at a thread that the system does not let run
constexpr int64_t kWatchdogIdle_us = 4000;  // without any callback for so long the watchdog sleeps until woken
constexpr int64_t kSlowRun_us = 150;        // a run off the shard that took longer counts as blocked
constexpr uint8_t kSlowAfterHandOff = 8;    // quick runs off the shard that a blocked session needs to come back
constexpr uint8_t kProvenAfterRuns = 8;     // quick runs after which a session is taken for a quick one
constexpr unsigned kSuspects = 16;  // new sessions that may run off their shards at once for nothing but a suspicion
constexpr int64_t kComputes_us =
    2000;  // a run that uses more processor time than this steps back behind the shards next time
constexpr int kComputeNice = 10;  // and so far: a tenth of their weight

// ---- server
constexpr unsigned kAcceptBatch = 16;     // connections accepted in one run on a shard: about a tenth of a millisecond
constexpr int64_t kAcceptRetry_ms = 100;  // out of descriptors: try again at the latest after this
constexpr int64_t kLinger_ms = 2'000;     // after an orderly end we take and drop what the client still sends
constexpr int64_t kStopDeadline_ms = 30'000;      // InetServerStop waits so long for callbacks
constexpr int kBacklogMax = 4096;                 // net.core.somaxconn of current kernels
constexpr int64_t kBroadcastWait_ms = 10;         // for one of the slow clients, before all are tried again
constexpr size_t kBroadcastWaitingMax = 1 << 20;  // of broadcasts for one slow client: a third of a second at 25 Mbit/s
constexpr size_t kBroadcastPartMin = 1 << 10;  // what a short message counts as, because keeping it costs something too
constexpr uint32_t kTimeoutMax_s = 31'536'000;  // one year; larger values mean this
constexpr size_t kSlotsMax = size_t{1} << 24;   // sessions of one process
constexpr size_t kMonikerMax = 127;             // bytes of a client's name: the documented number of characters

// ---- streams
constexpr size_t kAheadSize = 4096;  // bytes the line reader fetches at once
constexpr size_t kDrainOnClose =
    1 << 20;  // unread bytes dropped before an orderly close, which would otherwise become a reset
constexpr size_t kStreamChunk = 64 << 10;    // moved at once: more calls cost more than a larger buffer saves
constexpr size_t kFilePart_bytes = 1 << 20;  // of a file that the kernel sends at once: a progress event in between
constexpr size_t kFilePipeWorth_bytes = 4 << 20;    // a pipe is opened for so much
constexpr int64_t kFilePause_ms = 4;                // before a socket that was full is tried again, at most
constexpr unsigned kFilePipesMax = 16;              // of a user's 64 MiB of pipes this process takes a quarter
constexpr int64_t kStreamProgress_ms = 250;         // between two progress events, and before the first
constexpr size_t kStreamBytesMax = UINT32_MAX - 1;  // of one transfer into memory: its length is a DWORD
constexpr size_t kFlushBytesMax = 16 << 20;         // thrown away at once; more than a receive buffer holds
constexpr int kWakeLook_ms = 20;       // how often a wait without a wake-up descriptor looks whether it was woken
constexpr unsigned kWaitersKept = 64;  // wake-up descriptors kept for the next blocking calls

// ---- names and tracing
constexpr size_t kHostNameMax = 253;       // characters of a name, from the standard
constexpr size_t kHostLabelMax = 63;       // and of each part
constexpr size_t kTraceTextMax = 128;      // bytes of a text argument that a record shows
constexpr size_t kTraceDumpMax = 65'536;   // bytes of data that a record shows
constexpr unsigned kTraceFileMode = 0600;  // a trace is for its owner

// ---- TLS
constexpr int64_t kTlsHandshake_ms = 10'000;  // a client that has not finished its handshake by then is closed
constexpr unsigned kTlsHandshakesMax = 256;   // begun and not finished, for each shard: about 10 MiB; others wait
constexpr unsigned kMeteredPerTurn =
    4;  // handshake steps in a turn of a shard: one costs what hundreds of callbacks do
constexpr int64_t kMeteredBrief_us = 1500;  // one that takes longer delays others too much: an RSA key of 4096 bits
constexpr unsigned kMeteredWatched =
    16;  // then so many are watched, and may lose the shard, before the next is trusted
constexpr size_t kTlsReceiveBytes = 2 * (16384 + 256);  // ciphertext fetched at once, onto the stack: two full records
constexpr size_t kTlsWriteBytes = 4 * 16384;         // plaintext encrypted before it is sent: one block of ciphertext
constexpr size_t kTlsCredentialsKept = 64;           // sets of credentials that a program names again and again
constexpr int64_t kTlsCredentialsLife_ms = 300'000;  // and how long, because trusted roots change too
constexpr size_t kTlsResumptionsMax = 1024;          // hosts that a client can come back to with a ticket
constexpr uint64_t kTlsRecordsPerKey = uint64_t{1} << 23;     // AES-GCM is good for 2^24 full ones (RFC 8446, 5.5)
constexpr size_t kTlsRecordMax = 16384;                       // plaintext of one record, from the standard
constexpr size_t kTlsBlockBytes = 4 * (kTlsRecordMax + 256);  // ciphertext is kept in blocks of four full records
constexpr unsigned kTlsBlocksKept = 4;                        // empty blocks a thread keeps for its next session
constexpr size_t kTlsHandshakeBytesMax = 128 << 10;           // from the peer until the handshake is done
constexpr size_t kTlsChainBytesMax = 64 << 10;                // the peer's certificates
constexpr int kTlsChainDepthMax = 10;                         // of certificates between the peer's and a trusted one
constexpr size_t kTlsPendingMax = 256 << 10;  // ciphertext that waits to be sent; then write takes no more plaintext
constexpr size_t kTlsUnreadMax = 256 << 10;   // ciphertext kept for a caller that feeds and does not read
constexpr uint64_t kTlsExtraRecordsMax =
    64;  // records without data (key updates, tickets, alerts) after the handshake;
constexpr uint64_t kTlsExtraRecordPer = 65536;  // one more for so many bytes of data
constexpr size_t kTlsSessionsKept = 1024;       // of clients of TLS 1.2 that refuse tickets; about a KiB each
constexpr size_t kTlsTickets = 1;             // after a handshake: each costs a twentieth of it, and a client needs one
constexpr uint32_t kTlsSessionLife_s = 7200;  // a ticket can be used so long
constexpr int64_t kTlsTicketKeyLife_ms = 4 * int64_t{3'600'000};  // new tickets get a new key after this
constexpr size_t kTlsFileBytesMax = 4 << 20;     // of certificates and keys; a bundle of all roots is 250 KiB
constexpr size_t kTlsFolderFilesMax = 65536;     // files of certificates in one folder
constexpr int64_t kTlsKeyRoundsMax = 5'000'000;  // of deriving a key from a password: seconds, not hours
constexpr size_t kTlsPasswordMax = 1024;         // characters; OpenSSL's own limit for keys in PEM files

static_assert(kTlsTicketKeyLife_ms >= int64_t{1000} * kTlsSessionLife_s,
              "the key before the current one opens all that lives");
static_assert(kCrewThreadsMax >= 2 * kShardsMax, "every shard needs a driver and one spare thread to hand off to");
static_assert(kWatchdogCalm_us + kWatchdogAlert_us <= 10'200,
              "the first blocked callback holds its shard up for so long");
static_assert(kWatchdogWary_us + kWatchdogAlert_us <= 1200, "and another one soon after it for so long");
static_assert(kSlowRun_us < kWatchdogAlert_us, "what the watchdog hands off must count as slow");

}  // namespace inlet
