// Small dense systems of one cell: LU without pivoting (the matrices are M-matrices) and substitution of several
// columns at once, which keeps the units busy where one column alone would wait for itself.
#pragma once
#include "lanes.hpp"

#define PEDOZONE_UNROLL _Pragma("GCC unroll 16")

namespace pedozone {
namespace PEDOZONE_ISA_NAMESPACE {
namespace {

// Unrolling pays for the components that models have; beyond that it only costs compile time.
constexpr int unrolled_size = 6;

// LU in place, reciprocal pivots on the diagonal.
template <int N>
[[gnu::always_inline]] inline void factorise(V (&a)[N][N]) {
  const V one = splat(1.0);
  if constexpr (N <= unrolled_size) {
    PEDOZONE_UNROLL for (int k = 0; k < N; ++k) {
      a[k][k] = one / a[k][k];
      PEDOZONE_UNROLL for (int i = k + 1; i < N; ++i) {
        a[i][k] *= a[k][k];
        PEDOZONE_UNROLL for (int j = k + 1; j < N; ++j) a[i][j] -= a[i][k] * a[k][j];
      }
    }
  } else {
    for (int k = 0; k < N; ++k) {
      a[k][k] = one / a[k][k];
      for (int i = k + 1; i < N; ++i) {
        a[i][k] *= a[k][k];
        for (int j = k + 1; j < N; ++j) a[i][j] -= a[i][k] * a[k][j];
      }
    }
  }
}

// Substitution of M columns; rows above `First` of the right-hand side are zero.
template <int N, int M, int First>
[[gnu::always_inline]] inline void substitute(const V (&a)[N][N], V (&y)[N][M]) {
  if constexpr (N <= unrolled_size) {
    PEDOZONE_UNROLL for (int k = First; k < N; ++k) {
      PEDOZONE_UNROLL for (int i = k + 1; i < N; ++i) {
        PEDOZONE_UNROLL for (int m = 0; m < M; ++m) y[i][m] -= a[i][k] * y[k][m];
      }
    }
    PEDOZONE_UNROLL for (int k = N - 1; k >= 0; --k) {
      PEDOZONE_UNROLL for (int m = 0; m < M; ++m) y[k][m] *= a[k][k];
      PEDOZONE_UNROLL for (int i = 0; i < k; ++i) {
        PEDOZONE_UNROLL for (int m = 0; m < M; ++m) y[i][m] -= a[i][k] * y[k][m];
      }
    }
  } else {
    for (int k = First; k < N; ++k)
      for (int i = k + 1; i < N; ++i)
        for (int m = 0; m < M; ++m) y[i][m] -= a[i][k] * y[k][m];
    for (int k = N - 1; k >= 0; --k) {
      for (int m = 0; m < M; ++m) y[k][m] *= a[k][k];
      for (int i = 0; i < k; ++i)
        for (int m = 0; m < M; ++m) y[i][m] -= a[i][k] * y[k][m];
    }
  }
}

// gain = LU^-1 diag(u), column by column in pairs.
template <int N, int B = 0>
[[gnu::always_inline]] inline void couple(const V (&a)[N][N], const V (&u)[N], V *gain) {
  if constexpr (B + 1 < N) {
    V y[N][2] = {};
    y[B][0] = u[B];
    y[B + 1][1] = u[B + 1];
    substitute<N, 2, B>(a, y);
    for (int i = 0; i < N; ++i) {
      gain[i * N + B] = y[i][0];
      gain[i * N + B + 1] = y[i][1];
    }
    couple<N, B + 2>(a, u, gain);
  } else if constexpr (B < N) {
    V y[N][1] = {};
    y[B][0] = u[B];
    substitute<N, 1, B>(a, y);
    for (int i = 0; i < N; ++i) gain[i * N + B] = y[i][0];
  }
}

}  // namespace
}  // namespace PEDOZONE_ISA_NAMESPACE
}  // namespace pedozone
