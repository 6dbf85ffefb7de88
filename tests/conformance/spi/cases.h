// The parts of the SPI conformance suite.
#pragma once

#include "conformance/suite.h"

namespace conformance::spi {

void add_startup_cases(Suite& suite);
void add_convention_cases(Suite& suite);
void add_function_cases(Suite& suite);
void add_transfer_cases(Suite& suite);
void add_listen_cases(Suite& suite);
void add_text_cases(Suite& suite);

}  // namespace conformance::spi
