// Block-tridiagonal kernels of the compartmental operator, one copy per instruction set.
//
// (identity I - dt A) z' = z + dt u, solved component by component (strongly connected, upstream first) and
// region by region (organic slots feed the mineral layers, never the reverse). Every elimination is on an
// M-matrix without pivoting: substitutions only add non-negative terms, so a non-negative right-hand side
// gives a non-negative solution in floating point as well.
#include "kernel.hpp"

#include <algorithm>
#include <vector>

#include "elimination.hpp"

namespace pedozone {
namespace PEDOZONE_ISA_NAMESPACE {
namespace {

constexpr double empty_weight = 1e-200;  // an empty donor still yields its mean coefficient

inline V larger(V a, double floor) {
  V f = splat(floor);
  return a > f ? a : f;
}

// Lists that a component needs, derived from the graph once per call.
struct Component {
  int size;
  const int32_t *pool;
  std::vector<int32_t> inside, from, to;          // transfers within: index, local donor, local receiver
  std::vector<int32_t> entering, entering_pool;   // donor outside: index, local receiver
  std::vector<int32_t> leaving, leaving_pool;     // receiver outside: index, local donor
};

std::vector<Component> plan(const Graph &g) {
  std::vector<int32_t> component(g.pools), local(g.pools);
  std::vector<Component> list(g.components);
  for (int c = 0; c < g.components; ++c) {
    list[c].pool = g.component_pool + g.component_start[c];
    list[c].size = g.component_start[c + 1] - g.component_start[c];
    for (int a = 0; a < list[c].size; ++a) {
      component[list[c].pool[a]] = c;
      local[list[c].pool[a]] = a;
    }
  }
  for (int t = 0; t < g.transfers; ++t) {
    int d = component[g.donor[t]], r = component[g.receiver[t]];
    if (d == r) {
      list[d].inside.push_back(t);
      list[d].from.push_back(local[g.donor[t]]);
      list[d].to.push_back(local[g.receiver[t]]);
    } else {
      list[r].entering.push_back(t);
      list[r].entering_pool.push_back(local[g.receiver[t]]);
      list[d].leaving.push_back(t);
      list[d].leaving_pool.push_back(local[g.donor[t]]);
    }
  }
  return list;
}

// Coefficients of one lane group, weighted for the second Patankar stage where there is one.
struct Coefficients {
  V *rate;    // [transfers + losses][cells], dt included
  V *weight;  // [pools][cells]: (1 + x^n / x^(1)) / 2, or 1
  V *out;     // [pools][cells]: everything that leaves, dt included
  V *down;    // [classes][cells], dt included, unweighted
  V *up;      // [classes][cells]
  V *inc;     // [incorporations][organic]
  V *share;   // [incorporations][mineral]
};

inline bool crosses_up(const Graph &g, int cell) { return cell != 0 && cell != g.organic; }

Coefficients coefficients(const Graph &g, const Operator &op, const double *state, double dt, int64_t batch,
                          const Lanes &lanes, Scratch &scratch) {
  const int n = g.cells, nr = g.transfers + g.losses, mineral = n - g.organic;
  Coefficients c;
  c.rate = scratch.take(size_t(nr) * n);
  c.weight = scratch.take(size_t(g.pools) * n);
  c.out = scratch.take(size_t(g.pools) * n);
  c.down = scratch.take(size_t(g.classes) * n);
  c.up = scratch.take(size_t(g.classes) * n);
  c.inc = scratch.take(size_t(g.incorporations) * g.organic);
  c.share = scratch.take(size_t(g.incorporations) * mineral);
  const V vdt = splat(dt), half = splat(0.5), one = splat(1.0), zero = splat(0.0);
  const bool patankar = op.rate0 != nullptr;
  for (int q = 0; q < g.classes; ++q)
    for (int i = 0; i < n; ++i) {
      c.down[q * n + i] = vdt * lanes.load(op.down[q] + i * batch);
      c.up[q * n + i] = crosses_up(g, i) ? vdt * lanes.load(op.up[q] + i * batch) : zero;
    }
  for (int p = 0; p < g.pools; ++p) {
    const int q = g.pool_class[p];
    for (int i = 0; i < n; ++i) {
      V w = one;
      if (patankar) {
        V x0 = lanes.load(state + (int64_t(p) * n + i) * batch);
        V x1 = lanes.load(op.stage + (int64_t(p) * n + i) * batch);
        V ratio = x1 > zero ? x0 / x1 : one;
        w = half * (one + ratio);
      }
      c.weight[p * n + i] = w;
      c.out[p * n + i] = q < 0 ? zero : w * (c.down[q * n + i] + c.up[q * n + i]);
    }
  }
  for (int t = 0; t < nr; ++t) {
    const int d = t < g.transfers ? g.donor[t] : g.loss_donor[t - g.transfers];
    for (int i = 0; i < n; ++i) {
      V k = lanes.load(op.rate[t] + i * batch);
      if (patankar) {
        V ratio = (c.weight[d * n + i] + c.weight[d * n + i]) - one;
        k = half * (lanes.load(op.rate0[t] + i * batch) * ratio + k);
      }
      k *= vdt;
      c.rate[t * n + i] = k;
      c.out[d * n + i] += k;
    }
  }
  for (int m = 0; m < g.incorporations; ++m) {
    for (int i = 0; i < g.organic; ++i) {
      V k = vdt * lanes.load(op.inc_rate[m] + i * batch) * c.weight[g.inc_donor[m] * n + i];
      c.inc[m * g.organic + i] = k;
      c.out[g.inc_donor[m] * n + i] += k;
    }
    for (int i = 0; i < mineral; ++i) c.share[m * mineral + i] = lanes.load(op.inc_share[m] + i * batch);
  }
  return c;
}

// What one component needs to find its way through the scratch arrays.
template <int N>
struct Paths {
  const V *incoming[N], *outgoing[N], *weight[N], *out[N];
  bool moves[N];
  V *row[N];  // of the first right-hand side
};

// M right-hand sides of one cell at a time: add what comes from above, substitute, keep.
template <int N, int M>
inline void forward(const Paths<N> &at, const V (&lu)[N][N], const V (&fromabove)[N], bool above, int i,
                    size_t stride, int r) {
  V y[N][M];
  for (int a = 0; a < N; ++a)
    for (int m = 0; m < M; ++m) {
      const V *z = at.row[a] + (r + m) * stride + i;
      y[a][m] = above ? z[0] + fromabove[a] * z[-1] : z[0];
    }
  substitute<N, M, 0>(lu, y);
  for (int a = 0; a < N; ++a)
    for (int m = 0; m < M; ++m) at.row[a][(r + m) * stride + i] = y[a][m];
}

template <int N, int M>
inline void backward(const Paths<N> &at, const V *gain, int i, size_t stride, int r) {
  V y[N][M], below[N][M];
  for (int a = 0; a < N; ++a)
    for (int m = 0; m < M; ++m) {
      y[a][m] = at.row[a][(r + m) * stride + i];
      below[a][m] = at.row[a][(r + m) * stride + i + 1];
    }
  PEDOZONE_UNROLL for (int b = 0; b < N; ++b) {
    PEDOZONE_UNROLL for (int a = 0; a < N; ++a) {
      PEDOZONE_UNROLL for (int m = 0; m < M; ++m) y[a][m] += gain[a * N + b] * below[b][m];
    }
  }
  for (int a = 0; a < N; ++a)
    for (int m = 0; m < M; ++m) at.row[a][(r + m) * stride + i] = y[a][m];
}

// Solves one component over the cells [first, last) in place in z [right_hand_sides][pools][cells].
template <int N>
void solve_component(const Graph &g, const Component &part, const Coefficients &c, int first, int last, int nrhs,
                     double identity, bool transpose, V *z, V *gain) {
  const int n = g.cells, inside = static_cast<int>(part.inside.size());
  const size_t stride = size_t(g.pools) * n;
  const V zero = splat(0.0), diag = splat(identity);
  const int shift_in = transpose ? 0 : -1, shift_out = transpose ? 0 : 1;
  Paths<N> at;
  for (int a = 0; a < N; ++a) {
    const int p = part.pool[a], q = g.pool_class[p];
    at.moves[a] = q >= 0;
    at.row[a] = z + size_t(p) * n;
    at.weight[a] = c.weight + size_t(p) * n;
    at.out[a] = c.out + size_t(p) * n;
    at.incoming[a] = (transpose ? c.up : c.down) + size_t(at.moves[a] ? q : 0) * n + shift_in;
    at.outgoing[a] = (transpose ? c.down : c.up) + size_t(at.moves[a] ? q : 0) * n + shift_out;
  }
  const V *rate[2 * largest_component * largest_component];
  int place[2 * largest_component * largest_component];
  for (int t = 0; t < inside; ++t) {
    rate[t] = c.rate + size_t(part.inside[t]) * n;
    place[t] = transpose ? part.from[t] * N + part.to[t] : part.to[t] * N + part.from[t];
  }
  for (int i = first; i < last; ++i) {
    const bool below = i + 1 < last, above = i > first;
    V block[N][N], fromabove[N], tobelow[N];
    for (int a = 0; a < N; ++a)
      for (int b = 0; b < N; ++b) block[a][b] = zero;
    for (int t = 0; t < inside; ++t) (&block[0][0])[place[t]] -= rate[t][i];
    const V *before = gain + size_t(i - 1 - first) * N * N;
    for (int a = 0; a < N; ++a) {
      block[a][a] += diag + at.out[a][i];
      fromabove[a] = above && at.moves[a] ? at.incoming[a][i] * at.weight[a][i + shift_in] : zero;
      tobelow[a] = below && at.moves[a] ? at.outgoing[a][i] * at.weight[a][i + shift_out] : zero;
      if (above)
        for (int b = 0; b < N; ++b) block[a][b] -= fromabove[a] * before[a * N + b];
    }
    factorise<N>(block);
    if (below) couple<N>(block, tobelow, gain + size_t(i - first) * N * N);
    int r = 0;
    for (; r + 3 <= nrhs; r += 3) forward<N, 3>(at, block, fromabove, above, i, stride, r);
    for (; r < nrhs; ++r) forward<N, 1>(at, block, fromabove, above, i, stride, r);
  }
  for (int i = last - 2; i >= first; --i) {
    const V *keep = gain + size_t(i - first) * N * N;
    int r = 0;
    for (; r + 2 <= nrhs; r += 2) backward<N, 2>(at, keep, i, stride, r);
    for (; r < nrhs; ++r) backward<N, 1>(at, keep, i, stride, r);
  }
}

typedef void (*ComponentSolver)(const Graph &, const Component &, const Coefficients &, int, int, int, double, bool,
                                V *, V *);
const ComponentSolver component_solver[largest_component + 1] = {
    nullptr,             solve_component<1>,  solve_component<2>,  solve_component<3>,  solve_component<4>,
    solve_component<5>,  solve_component<6>,  solve_component<7>,  solve_component<8>,  solve_component<9>,
    solve_component<10>, solve_component<11>, solve_component<12>, solve_component<13>, solve_component<14>,
    solve_component<15>, solve_component<16>};

// z holds right-hand sides on entry and the solution on return.
void solve_all(const Graph &g, const std::vector<Component> &parts, const Coefficients &c, int nrhs, double identity,
               bool transpose, V *z, V *gain) {
  const int n = g.cells, mineral = n - g.organic;
  auto at = [&](int r, int p, int i) -> V & { return z[(size_t(r) * g.pools + p) * n + i]; };
  auto component = [&](const Component &part, int first, int last) {
    if (first >= last) return;
    const auto &index = transpose ? part.leaving : part.entering;
    const auto &local = transpose ? part.leaving_pool : part.entering_pool;
    for (size_t t = 0; t < index.size(); ++t) {
      const int other = transpose ? g.receiver[index[t]] : g.donor[index[t]];
      const int own = part.pool[local[t]];
      for (int r = 0; r < nrhs; ++r)
        for (int i = first; i < last; ++i) at(r, own, i) += c.rate[index[t] * n + i] * at(r, other, i);
    }
    component_solver[part.size](g, part, c, first, last, nrhs, identity, transpose, z, gain);
  };
  auto couple = [&]() {  // organic slots <-> mineral layers: the face between them and incorporation
    if (g.organic == 0 || mineral == 0) return;
    const int top = g.organic;
    for (int r = 0; r < nrhs; ++r) {
      for (int p = 0; p < g.pools; ++p) {
        const int q = g.pool_class[p];
        if (q < 0) continue;
        V k = c.down[q * n + top - 1] * c.weight[p * n + top - 1];
        if (transpose) at(r, p, top - 1) += k * at(r, p, top);
        else at(r, p, top) += k * at(r, p, top - 1);
      }
      for (int m = 0; m < g.incorporations; ++m) {
        const V *share = c.share + m * mineral;
        if (transpose) {
          V sum = splat(0.0);
          for (int i = 0; i < mineral; ++i) sum += share[i] * at(r, g.inc_receiver[m], top + i);
          for (int s = 0; s < top; ++s) at(r, g.inc_donor[m], s) += c.inc[m * top + s] * sum;
        } else {
          V sum = splat(0.0);
          for (int s = 0; s < top; ++s) sum += c.inc[m * top + s] * at(r, g.inc_donor[m], s);
          for (int i = 0; i < mineral; ++i) at(r, g.inc_receiver[m], top + i) += share[i] * sum;
        }
      }
    }
  };
  if (!transpose) {
    for (const auto &part : parts) component(part, 0, g.organic);
    couple();
    for (const auto &part : parts) component(part, g.organic, n);
  } else {
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) component(*part, g.organic, n);
    couple();
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) component(*part, 0, g.organic);
  }
}

size_t scratch_size(const Graph &g, int quantities) {
  const size_t n = g.cells, s = largest_component;
  return (g.transfers + g.losses + 2 * g.pools + 2 * g.classes + 2 * g.incorporations) * n + quantities * g.pools * n +
         n * s * s + g.inputs;
}

void record(const StepArguments &a, const Coefficients &c, const Lanes &lanes, const V *z) {
  const Graph &g = a.graph;
  const Ledger &led = a.ledger;
  const int n = g.cells, nr = g.transfers + g.losses, top = g.organic;
  const int64_t B = a.batch;
  const V vdt = splat(a.dt), zero = splat(0.0);
  for (int p = 0; p < g.pools; ++p) {
    const int q = g.pool_class[p];
    for (int i = 0; i < n; ++i) {
      const V x = larger(z[p * n + i], empty_weight);
      const int64_t row = (int64_t(p) * n + i) * B;
      lanes.add(led.stock + row, vdt * x);
      if (q >= 0) {
        const V w = c.weight[p * n + i] * x;
        lanes.add(led.down + row, c.down[q * n + i] * w);
        lanes.add(led.up + row, c.up[q * n + i] * w);
      }
    }
  }
  for (int t = 0; t < nr; ++t) {
    const int d = t < g.transfers ? g.donor[t] : g.loss_donor[t - g.transfers];
    for (int i = 0; i < n; ++i)
      lanes.add(led.flux + (int64_t(t) * n + i) * B, c.rate[t * n + i] * larger(z[d * n + i], empty_weight));
  }
  for (int m = 0; m < g.incorporations; ++m)
    for (int s = 0; s < top; ++s)
      lanes.add(led.inc + (int64_t(m) * top + s) * B,
                c.inc[m * top + s] * larger(z[g.inc_donor[m] * n + s], empty_weight));
  for (int r = 0; r < a.quantities; ++r) {
    const V *zr = z + size_t(r) * g.pools * n;
    for (int f = 0; f < g.fates; ++f)
      for (int i = 0; i < n; ++i) {
        V lost = zero;
        for (int l = 0; l < g.losses; ++l)
          if (g.loss_fate[l] == f) lost += c.rate[(g.transfers + l) * n + i] * zr[g.loss_donor[l] * n + i];
        lanes.add(led.loss + ((int64_t(r) * g.fates + f) * n + i) * B, lost);
      }
    for (int q = 0; q < g.classes; ++q) {
      // weighted stocks of the class, then the net flux through the bottom of every cell
      V held = zero;
      const V *down = c.down + size_t(q) * n, *up = c.up + size_t(q) * n;
      for (int i = n - 1; i >= 0; --i) {
        V here = zero;
        for (int p = 0; p < g.pools; ++p)
          if (g.pool_class[p] == q) here += c.weight[p * n + i] * zr[p * n + i];
        V net = down[i] * here;
        if (i + 1 < n) net -= up[i + 1] * held;
        held = here;
        lanes.add(led.face + ((int64_t(r) * g.classes + q) * n + i) * B, net);
      }
    }
    for (int m = 0; m < g.incorporations; ++m)
      for (int s = 0; s < top; ++s)
        lanes.add(led.moved + ((int64_t(r) * g.incorporations + m) * top + s) * B,
                  c.inc[m * top + s] * zr[g.inc_donor[m] * n + s]);
  }
}

void step_group(const StepArguments &a, const std::vector<Component> &parts, const Lanes &lanes, Scratch &scratch) {
  const Graph &g = a.graph;
  const int n = g.cells, nq = a.quantities;
  const int64_t B = a.batch;
  scratch.reserve(scratch_size(g, nq));
  Coefficients c = coefficients(g, a.op, a.state, a.dt, B, lanes, scratch);
  V *z = scratch.take(size_t(nq) * g.pools * n);
  V *gain = scratch.take(size_t(n) * largest_component * largest_component);
  const V vdt = splat(a.dt);
  for (int r = 0; r < nq; ++r)
    for (int p = 0; p < g.pools; ++p)
      for (int i = 0; i < n; ++i)
        z[(size_t(r) * g.pools + p) * n + i] = lanes.load(a.state + ((int64_t(r) * g.pools + p) * n + i) * B);
  const bool keep = a.ledger.stock != nullptr;
  for (int r = 1; r < nq; ++r) {  // ageing: the carbon that is there grows older by dt
    if (a.ageing[r - 1] == 0.0) continue;
    const V f = vdt * splat(a.ageing[r - 1]);
    for (int i = 0; i < n; ++i) {
      V sum = splat(0.0);
      for (int p = 0; p < g.pools; ++p) {
        V add = f * lanes.load(a.state + (int64_t(p) * n + i) * B);
        z[(size_t(r) * g.pools + p) * n + i] += add;
        sum += add;
      }
      if (keep) lanes.add(a.ledger.source + (int64_t(r) * n + i) * B, sum);
    }
  }
  V *carried = scratch.take(g.inputs);  // what a unit of each input carries of a quantity
  for (int r = 0; r < nq; ++r) {
    for (int u = 0; u < g.inputs; ++u)
      carried[u] = r == 0 ? vdt : vdt * lanes.load(a.signature + (int64_t(r - 1) * g.inputs + u) * B);
    for (int i = 0; i < n; ++i) {
      V sum = splat(0.0);
      for (int u = 0; u < g.inputs; ++u) {
        const V add = carried[u] * lanes.load(a.input[u] + i * B);
        z[(size_t(r) * g.pools + g.input_pool[u]) * n + i] += add;
        sum += add;
      }
      if (keep) lanes.add(a.ledger.input + (int64_t(r) * n + i) * B, sum);
    }
  }
  solve_all(g, parts, c, nq, a.identity, false, z, gain);
  if (keep) record(a, c, lanes, z);
  for (int r = 0; r < nq; ++r) {
    const double rate = r == 0 ? 0.0 : a.decay[r - 1];
    const V factor = splat(rate == 0.0 ? 1.0 : __builtin_exp(-rate * a.dt));
    for (int i = 0; i < n; ++i) {
      V lost = splat(0.0);
      for (int p = 0; p < g.pools; ++p) {
        const V before = z[(size_t(r) * g.pools + p) * n + i];
        const V after = before * factor;
        lost += before - after;
        lanes.store(a.out + ((int64_t(r) * g.pools + p) * n + i) * B, after);
      }
      if (keep && rate != 0.0) lanes.add(a.ledger.source + (int64_t(r) * n + i) * B, -lost);
    }
  }
}

void step(const StepArguments &a) {
  static thread_local Scratch scratch;
  const auto parts = plan(a.graph);
  over_groups(a.batch, [&](const Lanes &lanes) { step_group(a, parts, lanes, scratch); });
}

void solve(const SolveArguments &a) {
  static thread_local Scratch scratch;
  const Graph &g = a.graph;
  const auto parts = plan(g);
  const size_t rows = size_t(a.right_hand_sides) * g.pools * g.cells;
  over_groups(a.batch, [&](const Lanes &lanes) {
    scratch.reserve(scratch_size(g, a.right_hand_sides));
    Coefficients c = coefficients(g, a.op, nullptr, a.dt, a.batch, lanes, scratch);
    V *z = scratch.take(rows);
    V *gain = scratch.take(size_t(g.cells) * largest_component * largest_component);
    for (size_t k = 0; k < rows; ++k) z[k] = lanes.load(a.rhs + int64_t(k) * a.batch);
    solve_all(g, parts, c, a.right_hand_sides, a.identity, a.transpose, z, gain);
    for (size_t k = 0; k < rows; ++k) lanes.store(a.out + int64_t(k) * a.batch, z[k]);
  });
}

// Explicit dense blocks with diagonal coupling between cells: the Newton matrices of the spin-up.
template <int N>
void dense_group(const DenseArguments &a, const Lanes &lanes, V *gain, V *z) {
  const int n = a.cells, nrhs = a.right_hand_sides;
  const int64_t B = a.batch;
  V block[N][N], above[N] = {}, below[N] = {};
  for (int i = 0; i < n; ++i) {
    for (int x = 0; x < N; ++x) {
      for (int k = 0; k < N; ++k) block[x][k] = lanes.load(a.diagonal + ((int64_t(i) * N + x) * N + k) * B);
      if (i + 1 < n) below[x] = lanes.load(a.upper + (int64_t(i) * N + x) * B);
      if (i > 0) {
        const V *before = gain + size_t(i - 1) * N * N;
        above[x] = lanes.load(a.lower + (int64_t(i) * N + x) * B);
        for (int k = 0; k < N; ++k) block[x][k] -= above[x] * before[x * N + k];
      }
    }
    factorise<N>(block);
    if (i + 1 < n) couple<N>(block, below, gain + size_t(i) * N * N);
    for (int r = 0; r < nrhs; ++r) {
      V y[N][1];
      for (int x = 0; x < N; ++x) {
        y[x][0] = lanes.load(a.rhs + ((int64_t(r) * N + x) * n + i) * B);
        if (i > 0) y[x][0] -= above[x] * z[(size_t(r) * n + i - 1) * N + x];
      }
      substitute<N, 1, 0>(block, y);
      for (int x = 0; x < N; ++x) z[(size_t(r) * n + i) * N + x] = y[x][0];
    }
  }
  for (int r = 0; r < nrhs; ++r) {
    V *zr = z + size_t(r) * N * n;
    for (int i = n - 2; i >= 0; --i)
      for (int x = 0; x < N; ++x)
        for (int k = 0; k < N; ++k) zr[i * N + x] -= gain[(size_t(i) * N + x) * N + k] * zr[(i + 1) * N + k];
    for (int i = 0; i < n; ++i)
      for (int x = 0; x < N; ++x) lanes.store(a.out + ((int64_t(r) * N + x) * n + i) * B, zr[i * N + x]);
  }
}

typedef void (*DenseSolver)(const DenseArguments &, const Lanes &, V *, V *);
const DenseSolver dense_solver[largest_component + 1] = {
    nullptr,         dense_group<1>,  dense_group<2>,  dense_group<3>,  dense_group<4>,  dense_group<5>,
    dense_group<6>,  dense_group<7>,  dense_group<8>,  dense_group<9>,  dense_group<10>, dense_group<11>,
    dense_group<12>, dense_group<13>, dense_group<14>, dense_group<15>, dense_group<16>};

void dense(const DenseArguments &a) {
  static thread_local Scratch scratch;
  over_groups(a.batch, [&](const Lanes &lanes) {
    const size_t gains = size_t(a.cells) * a.size * a.size, rows = size_t(a.right_hand_sides) * a.size * a.cells;
    scratch.reserve(gains + rows);
    V *gain = scratch.take(gains);
    V *z = scratch.take(rows);
    dense_solver[a.size](a, lanes, gain, z);
  });
}

#include "step_adjoint.hpp"

}  // namespace

extern const KernelTable table;
const KernelTable table = {
    PEDOZONE_NAME(PEDOZONE_ISA_NAMESPACE), W, step, step_adjoint, solve, dense};

}  // namespace PEDOZONE_ISA_NAMESPACE
}  // namespace pedozone
