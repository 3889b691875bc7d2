#pragma once

// "ENOBUFS" for ENOBUFS; "EUNKNOWN" for a number that Linux does not define.
const char* ErrnoCode(int number);
