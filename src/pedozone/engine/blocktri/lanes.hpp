// Vectors of W columns, shared by the kernels that are compiled once per instruction set.
// Arrays are row-major with the batch of columns innermost.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#ifndef PEDOZONE_LANES
#define PEDOZONE_LANES 2
#endif
#ifndef PEDOZONE_ISA_NAMESPACE
#define PEDOZONE_ISA_NAMESPACE baseline
#endif
#define PEDOZONE_TEXT(x) #x
#define PEDOZONE_NAME(x) PEDOZONE_TEXT(x)

// Everything has internal linkage: the linker must not share it between instruction sets.
namespace pedozone {
namespace PEDOZONE_ISA_NAMESPACE {
namespace {

constexpr int W = PEDOZONE_LANES;
typedef double V __attribute__((vector_size(8 * W)));

inline V splat(double a) {
  V v;
  for (int l = 0; l < W; ++l) v[l] = a;
  return v;
}

// One group of up to W columns starting at `first`; the tail repeats its first column.
struct Lanes {
  int64_t first;
  int count;
  inline V load(const double *row) const {
    V v;
    if (count == W) {
      std::memcpy(&v, row + first, sizeof(V));
    } else {
      for (int l = 0; l < W; ++l) v[l] = row[first + (l < count ? l : 0)];
    }
    return v;
  }
  inline void store(double *row, V v) const {
    if (count == W) {
      std::memcpy(row + first, &v, sizeof(V));
    } else {
      for (int l = 0; l < count; ++l) row[first + l] = v[l];
    }
  }
  inline void add(double *row, V v) const { store(row, load(row) + v); }
};

// Scratch memory that outlives a call, so that a step allocates nothing.
class Scratch {
 public:
  V *take(size_t count) {
    V *p = reinterpret_cast<V *>(base_ + used_);
    used_ += count * sizeof(V);
    return p;
  }
  void reserve(size_t count) {
    size_t bytes = (count * sizeof(V) + 63) / 64 * 64;
    used_ = 0;
    if (bytes <= size_) return;
    std::free(base_);
    base_ = static_cast<char *>(std::aligned_alloc(64, bytes));
    size_ = bytes;
  }
  ~Scratch() { std::free(base_); }

 private:
  char *base_ = nullptr;
  size_t size_ = 0, used_ = 0;
};

// Emptying stores pass through denormals, which cost a hundredfold: flush them to zero inside the kernel only.
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040); }
  ~FlushDenormals() { _mm_setcsr(saved_); }

 private:
  unsigned saved_;
#endif
};

template <class Body>
inline void over_groups(int64_t batch, Body body) {
  const FlushDenormals flush;
  for (int64_t first = 0; first < batch; first += W)
    body(Lanes{first, batch - first < W ? static_cast<int>(batch - first) : W});
}

}  // namespace
}  // namespace PEDOZONE_ISA_NAMESPACE
}  // namespace pedozone
