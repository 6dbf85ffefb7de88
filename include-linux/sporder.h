/* The order of the provider catalog. */
#ifndef INLET_SPORDER_H
#define INLET_SPORDER_H

#include <ws2spi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rearranges the catalog: who comes first is taken first.
 *
 * Thread   Any; does not wait.
 * Returns  0, or the error code itself.
 * Errors   WSAEINVAL              the ids are not all entries of the catalog, each once
 *          WSAEFAULT              the list is NULL
 *          WSATRY_AGAIN           somebody else is changing the catalog
 *          WSANO_RECOVERY         the catalog is damaged, or may not be written
 *          WSA_NOT_ENOUGH_MEMORY  no memory
 * Source   Winsock SPI reference, WSCWriteProviderOrder
 */
INLET_API int WSPAPI WSCWriteProviderOrder(LPDWORD lpwdCatalogEntryId, DWORD dwNumberOfEntries);

#ifdef __cplusplus
}
#endif

#endif /* INLET_SPORDER_H */
