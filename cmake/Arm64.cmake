# 64-bit Arm with Debian's cross compiler; libcrypto and GoogleTest from a folder that tools/arm64_packages fills.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(PLAZA_ARM64_PACKAGES $ENV{PLAZA_ARM64_PACKAGES} CACHE PATH "Where the Arm packages are unpacked")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PLAZA_ARM64_PACKAGES)
set(CMAKE_FIND_ROOT_PATH ${PLAZA_ARM64_PACKAGES} /usr/aarch64-linux-gnu)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(OPENSSL_USE_STATIC_LIBS TRUE)
set(CMAKE_CXX_STANDARD_INCLUDE_DIRECTORIES ${PLAZA_ARM64_PACKAGES}/usr/include/aarch64-linux-gnu)
# Tests run under qemu, with the C library that the cross compiler brings.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)
