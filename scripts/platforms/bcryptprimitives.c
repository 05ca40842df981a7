/* The one function of bcryptprimitives.dll that Rust's standard library uses. wine 8 has no such library,
   but another with the same random numbers. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID data, ULONG size);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T size) {
  return SystemFunction036(data, (ULONG)size);
}
