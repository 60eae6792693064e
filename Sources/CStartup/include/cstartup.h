#pragma once

/// Does nothing. The file that it is in is linked for what runs before `main`: see startup.cpp.
#ifdef __cplusplus
extern "C"
#endif
void cstartup_link(void);
