// What kernels call and the host's headers lack.
//
// The line of the caller is a default argument: it is what errors name.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

// ---- Vectors

struct alignas(8) float2 {
    float x, y;
};

struct alignas(16) float4 {
    float x, y, z, w;
};

inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

// ---- Barriers

inline void __syncthreads(int line = __builtin_LINE()) { stand_in::wait_at_barrier(line); }

inline void __syncwarp(unsigned mask = 0xffffffffu, int line = __builtin_LINE()) {
    stand_in::meet(stand_in::Collective::sync, mask, 0, 0, line);
}

// ---- Shuffles: within segments of `width` lanes, a power of two

namespace stand_in {

template <class T>
T shuffle(unsigned mask, T value, int source, int line) {
    static_assert(std::is_arithmetic_v<T>, "a shuffle exchanges numbers");
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    bits = meet(Collective::shuffle, mask, bits, source, line);
    memcpy(&value, &bits, sizeof value);
    return value;
}

inline int own_lane() { return lane_of(*current); }

}  // namespace stand_in

template <class T>
T __shfl_sync(
    unsigned mask, T value, int source, int width = warpSize, int line = __builtin_LINE()) {
    const int segment = stand_in::own_lane() & -width;
    return stand_in::shuffle(mask, value, segment | (source & (width - 1)), line);
}

template <class T>
T __shfl_xor_sync(
    unsigned mask, T value, int lane_mask, int width = warpSize, int line = __builtin_LINE()) {
    const int lane = stand_in::own_lane();
    const int source = lane ^ lane_mask;
    const bool beyond = source / width > lane / width;
    return stand_in::shuffle(mask, value, beyond ? lane : source, line);
}

template <class T>
T __shfl_down_sync(
    unsigned mask, T value, int delta, int width = warpSize, int line = __builtin_LINE()) {
    const int lane = stand_in::own_lane();
    const bool beyond = lane % width + delta >= width;
    return stand_in::shuffle(mask, value, beyond ? lane : lane + delta, line);
}

template <class T>
T __shfl_up_sync(
    unsigned mask, T value, int delta, int width = warpSize, int line = __builtin_LINE()) {
    const int lane = stand_in::own_lane();
    const bool beyond = lane % width < delta;
    return stand_in::shuffle(mask, value, beyond ? lane : lane - delta, line);
}

// ---- Votes

inline unsigned __ballot_sync(unsigned mask, bool vote, int line = __builtin_LINE()) {
    return stand_in::meet(stand_in::Collective::ballot, mask, vote, 0, line);
}

inline bool __any_sync(unsigned mask, bool vote, int line = __builtin_LINE()) {
    return __ballot_sync(mask, vote, line) != 0;
}

inline bool __all_sync(unsigned mask, bool vote, int line = __builtin_LINE()) {
    return __ballot_sync(mask, !vote, line) == 0;
}

// ---- Atomics: on integers, for a sum of floats in any order is not reproducible

namespace stand_in {

// Puts `change(old, value)` at an address and returns the old value. No other fiber can come
// between; to the race detector these are the atomic accesses that they are on a GPU.
template <class T, class Change>
T exchange(T *address, T value, Change change) {
    static_assert(std::is_integral_v<T>, "atomics work on integers here");
    const T old = __atomic_load_n(address, __ATOMIC_RELAXED);
    __atomic_store_n(address, change(old, value), __ATOMIC_RELAXED);
    return old;
}

// Keeps a parameter out of type deduction, so that its argument is converted as in a plain call.
template <class T>
struct Plain {
    using type = T;
};

}  // namespace stand_in

template <class T>
T atomicAdd(T *address, typename stand_in::Plain<T>::type value) {
    return stand_in::exchange(address, value, [](T old, T given) { return T(old + given); });
}

template <class T>
T atomicMax(T *address, typename stand_in::Plain<T>::type value) {
    return stand_in::exchange(address, value, [](T old, T given) { return std::max(old, given); });
}

template <class T>
T atomicOr(T *address, typename stand_in::Plain<T>::type value) {
    return stand_in::exchange(address, value, [](T old, T given) { return T(old | given); });
}

// ---- Numbers

template <class T>
T __ldg(const T *address) {
    return *address;
}

// CUDA's take two types, as the language's own operators do, and prefer a number to NaN.
template <class A, class B>
std::common_type_t<A, B> min(A a, B b) {
    using T = std::common_type_t<A, B>;
    if constexpr (std::is_floating_point_v<T>) {
        return std::fmin(T(a), T(b));
    } else {
        return T(b) < T(a) ? T(b) : T(a);
    }
}

template <class A, class B>
std::common_type_t<A, B> max(A a, B b) {
    using T = std::common_type_t<A, B>;
    if constexpr (std::is_floating_point_v<T>) {
        return std::fmax(T(a), T(b));
    } else {
        return T(a) < T(b) ? T(b) : T(a);
    }
}

inline float __fdividef(float a, float b) { return a / b; }

inline int __popc(unsigned bits) { return __builtin_popcount(bits); }

inline int __float_as_int(float value) {
    int bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

inline float __int_as_float(int bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}
