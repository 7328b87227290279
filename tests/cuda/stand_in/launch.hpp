// One launch: shared memory, all blocks of the grid, and the way in from Python.
#pragma once

#include <cstddef>
#include <cstring>
#include <link.h>
#include <type_traits>
#include <utility>

#ifdef __SSE__
#include <xmmintrin.h>
#endif

// Where the linker puts the beginning of this library.
extern "C" const char __ehdr_start[] __attribute__((visibility("hidden")));

namespace stand_in {

// ---- Shared memory

constexpr size_t RED_ZONE = 4096;
constexpr char POISON = '\xff';  // in every byte: NaN as a float, -1 as an integer

alignas(128) static char shared_memory[RED_ZONE + STAND_IN_MAX_SHARED + RED_ZONE];

// What module.py puts in the place of `extern __shared__`.
static char *const dynamic_shared = shared_memory + RED_ZONE;

// Where static shared arrays lie: they are all that this library has of thread-local variables.
struct StaticShared {
    void *begin = nullptr;
    size_t n_bytes = 0;
};

// For dl_iterate_phdr: fills in a `StaticShared` and stops when it comes to this library.
static int find_static_shared(dl_phdr_info *library, size_t, void *found) {
    if (library->dlpi_addr != reinterpret_cast<ElfW(Addr)>(__ehdr_start)) return 0;
    for (int i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) &segment = library->dlpi_phdr[i];
        if (segment.p_type != PT_TLS) continue;
        *static_cast<StaticShared *>(found) = {library->dlpi_tls_data, segment.p_memsz};
    }
    return 1;
}

static StaticShared static_shared() {
    // They are not there before the first of them is used.
    static thread_local volatile char first;
    first = 0;
    StaticShared found;
    dl_iterate_phdr(find_static_shared, &found);
    return found;
}

// Makes all that a block finds in shared memory worthless, and the zones around it known.
static void poison_shared_memory(size_t n_bytes, const StaticShared &arrays) {
    memset(shared_memory, POISON, RED_ZONE + n_bytes + RED_ZONE);
    memset(arrays.begin, POISON, arrays.n_bytes);
}

static void check_red_zones(size_t n_bytes) {
    for (ptrdiff_t i = 0; i < ptrdiff_t(RED_ZONE); i++) {
        if (dynamic_shared[-1 - i] != POISON) {
            fail("wrote %td bytes before its dynamic shared memory", i + 1);
            return;
        }
        if (dynamic_shared[n_bytes + i] != POISON) {
            fail("wrote %td bytes past its %zu bytes of dynamic shared memory", i + 1, n_bytes);
            return;
        }
    }
}

// ---- Grid

// Makes numbers too small for a normal float zero, as CuPy has the GPU do (-ftz=true).
class FlushDenormals {
#ifdef __SSE__
  public:
    FlushDenormals() { _mm_setcsr(before_ | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO); }
    ~FlushDenormals() { _mm_setcsr(before_); }

  private:
    static constexpr unsigned FLUSH_TO_ZERO = 0x8000;
    static constexpr unsigned DENORMALS_ARE_ZERO = 0x0040;
    const unsigned before_ = _mm_getcsr();
#endif
};

static uint3 unravelled(unsigned i, dim3 shape) {
    return {i % shape.x, i / shape.x % shape.y, i / shape.x / shape.y};
}

// Runs all blocks of the grid, or those up to the first error, which it returns.
static const char *run_grid(size_t shared_bytes) {
    FlushDenormals as_on_the_gpu;
    error[0] = '\0';
    scheduler.adopt();
    const StaticShared arrays = static_shared();
    n_threads = blockDim.x * blockDim.y * blockDim.z;
    for (int t = 0; t < n_threads; t++) {
        threads[t].index = unravelled(t, blockDim);
    }
    for (const unsigned i : visiting_order(gridDim.x * gridDim.y * gridDim.z)) {
        blockIdx = unravelled(i, gridDim);
        poison_shared_memory(shared_bytes, arrays);
        run_block();
        if (!failed()) check_red_zones(shared_bytes);
        if (failed()) return error;
    }
    return nullptr;
}

// ---- Parameters, as NumPy's character for the type, after a star if it is a pointer

// What an array holds whose elements are vectors: float for float2.
template <class T, class = void>
struct Component {
    using type = T;
};

template <class T>
struct Component<T, std::void_t<decltype(T::x)>> {
    using type = decltype(T::x);
};

template <class T>
constexpr char dtype_character() {
    if (std::is_same_v<T, bool>) return '?';
    if (std::is_same_v<T, float>) return 'f';
    if (std::is_same_v<T, double>) return 'd';
    static_assert(std::is_arithmetic_v<T>, "a parameter is a number or points to numbers");
    constexpr bool is_signed = std::is_signed_v<T>;
    switch (sizeof(T)) {
        case 1: return is_signed ? 'b' : 'B';
        case 2: return is_signed ? 'h' : 'H';
        case 4: return is_signed ? 'i' : 'I';
        default: return is_signed ? 'q' : 'Q';
    }
}

template <class T>
char *describe(char *end) {
    if constexpr (std::is_pointer_v<T>) {
        using Pointed = std::remove_cv_t<std::remove_pointer_t<T>>;
        *end++ = '*';
        *end++ = dtype_character<typename Component<Pointed>::type>();
    } else {
        *end++ = dtype_character<T>();
    }
    return end;
}

// ---- The way in

template <class... Parameters>
const char *parameters_of(void (*)(Parameters...)) {
    static char text[2 * sizeof...(Parameters) + 1];
    char *end = text;
    ((end = describe<Parameters>(end)), ...);
    return text;
}

// A call of a kernel with the arguments at given addresses, as every thread makes it.
template <class... Parameters>
struct Call {
    static inline void (*kernel)(Parameters...);
    static inline void **arguments;

    static void make() { make(std::index_sequence_for<Parameters...>()); }

    template <size_t... I>
    static void make(std::index_sequence<I...>) {
        kernel(*static_cast<Parameters *>(arguments[I])...);
    }
};

template <class... Parameters>
const char *launch(
    void (*kernel)(Parameters...), const dim3 &grid, const dim3 &block, size_t shared_bytes,
    int schedule_number, void **arguments) {
    race_detector::Quiet quiet;
    Call<Parameters...>::kernel = kernel;
    Call<Parameters...>::arguments = arguments;
    thread_body = Call<Parameters...>::make;
    gridDim = grid;
    blockDim = block;
    set_schedule(schedule_number);
    return run_grid(shared_bytes);
}

}  // namespace stand_in

#define STAND_IN_EXPORT extern "C" __attribute__((visibility("default")))

// Makes a kernel callable from module.py, under a number: its name may be a template's.
#define STAND_IN_KERNEL(number, ...)                                                           \
    STAND_IN_EXPORT const char *parameters_##number() {                                        \
        return stand_in::parameters_of(__VA_ARGS__);                                           \
    }                                                                                          \
    STAND_IN_EXPORT const char *launch_##number(                                               \
        const dim3 &grid, const dim3 &block, size_t shared_bytes, int schedule, void **args) { \
        return stand_in::launch(__VA_ARGS__, grid, block, shared_bytes, schedule, args);       \
    }
