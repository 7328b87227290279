// CUDA C++ on the CPU: a kernel's source, with this header before it, is plain C++17.
//
// Every CUDA thread is a fiber. The blocks of a grid run one after the other; within a block one
// fiber runs at a time, and another goes on only where the kernel lets its threads meet. So the
// order of threads and blocks is ours to choose, and what a GPU leaves undefined, a barrier that
// some threads never reach or a shuffle from a lane that is gone, can be told as an error.
#pragma once

#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
// Unlike alignas, this may stand between `__shared__` and the type.
#define __align__(bytes) __attribute__((aligned(bytes)))
// One block runs at a time, so one copy is enough. Thread-local variables lie in one place, where
// they can be poisoned; a section of their own would miss those of templates, which g++ keeps
// elsewhere. Without "used" the compiler takes an array that no thread writes as zeros.
#define __shared__ static thread_local __attribute__((used))

#include "race_detector.hpp"
#include "fiber.hpp"
#include "block.hpp"
#include "device_functions.hpp"
#include "launch.hpp"

// The GPU's compiler reads no system headers: what they brought here must not work in a kernel.
#undef INFINITY
#undef M_PI
#undef NAN
#undef NULL
#pragma GCC poison std int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t
