// The ten-pool case as a plain loop: what the machine can do when the model is written out by hand.
//
// Ten pools on thirty layers, one linearly implicit step a month. Nothing is general: the pool graph, the rate laws and
// the component sizes (1, 1, 3 and 5) are known to the compiler. Columns stand side by side in vectors (structure of
// arrays), chunks of 64 columns stay in the cache of their core, and threads share the chunks.
//
// Built and called by reference_loop.py, which also checks its result against the engine's.
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include <time.h>

namespace {

constexpr int layers = 30, width = 64;
#if defined(__AVX512F__)
constexpr int lanes = 8;
#elif defined(__AVX__)
constexpr int lanes = 4;
#else
constexpr int lanes = 2;
#endif
constexpr int groups = width / lanes;
typedef double V __attribute__((vector_size(8 * lanes)));

enum Pool { metabolic, structural, macro, micro, dom, microbial, exchangeable, intermediate, stable, pyrogenic, pools };

// What a column is made of and what drives it, by layer.
enum Field {
  activity,         // of depolymerisation: temperature and moisture factors
  uptake,           // V_u f_T f_W
  maintenance,      // m f_T
  mortality,        // k_B f_T
  sorbed,           // k_ex Q kappa / (theta V)
  bound,            // kappa / theta
  desorption,       // f_T of desorption and maturation
  forming,          // of macro-aggregates: rate times f_W
  per_volume,       // 1 / volume
  per_capacity,     // 1 / capacity of the slow surfaces
  dissolved_down,   // transport coefficients, yr-1
  dissolved_up,
  mixing_down,
  mixing_up,
  input_metabolic,  // kg m-2 yr-1
  input_structural,
  input_dom,
  fields
};

// In the order of `PARAMETERS` in reference_loop.py.
struct Parameters {
  double metabolic_decay_rate, structural_decay_rate, pyrogenic_decay_rate, macro_occlusion_factor,
      micro_occlusion_factor, decay_half_saturation, decay_basal_fraction, macroaggregate_half_saturation,
      macroaggregate_capacity, macroaggregate_breakup_rate, macro_to_micro_fraction, microaggregate_breakup_rate,
      uptake_half_saturation, seed_bank, carbon_use_efficiency, dead_to_intermediate, exchange_rate,
      exchangeable_maturation_rate, intermediate_desorption_rate, intermediate_basal_fraction,
      intermediate_half_saturation, intermediate_maturation_rate, stable_desorption_rate, stable_basal_fraction,
      stable_half_saturation, overfull_release_rate;
};

// One vector of columns: everything that a step reads and writes lies together.
struct Group {
  V x[pools][layers];
  V field[fields][layers];
};

inline V positive(V a) {
  const V zero = {};
  return a > zero ? a : zero;
}

// Solves one component down the column: block elimination on the way down, substitution on the way up.
// `fill` gives the block of a layer (identity, outflow, transfers inside) and its right-hand side.
template <int N, class Fill>
inline void solve(const V *const (&down)[N], const V *const (&up)[N], V *const (&x)[N], const Fill &fill) {
  V gain[layers][N][N];
  for (int i = 0; i < layers; ++i) {
    V a[N][N] = {}, g[N][N] = {}, y[N];
    fill(i, a, y);
    for (int p = 0; p < N; ++p) {
      a[p][p] += down[p][i];
      if (i > 0) {
        a[p][p] += up[p][i];
        const V f = down[p][i - 1];
        for (int b = 0; b < N; ++b) a[p][b] -= f * gain[i - 1][p][b];
        y[p] += f * x[p][i - 1];
      }
      if (i + 1 < layers) g[p][p] = up[p][i + 1];
    }
#pragma GCC unroll 8
    for (int k = 0; k < N; ++k) {
      a[k][k] = 1.0 / a[k][k];
#pragma GCC unroll 8
      for (int p = k + 1; p < N; ++p) {
        const V f = a[p][k] * a[k][k];
#pragma GCC unroll 8
        for (int b = k + 1; b < N; ++b) a[p][b] -= f * a[k][b];
#pragma GCC unroll 8
        for (int b = 0; b <= k; ++b) g[p][b] -= f * g[k][b];  // the coupling is diagonal: its fill-in is triangular
        y[p] -= f * y[k];
      }
    }
#pragma GCC unroll 8
    for (int p = N - 1; p >= 0; --p) {
#pragma GCC unroll 8
      for (int b = p + 1; b < N; ++b) {
#pragma GCC unroll 8
        for (int c = 0; c < N; ++c) g[p][c] -= a[p][b] * g[b][c];
        y[p] -= a[p][b] * y[b];
      }
#pragma GCC unroll 8
      for (int c = 0; c < N; ++c) gain[i][p][c] = g[p][c] *= a[p][p];
      x[p][i] = y[p] *= a[p][p];
    }
  }
  for (int i = layers - 2; i >= 0; --i)
    for (int p = 0; p < N; ++p)
      for (int b = 0; b < N; ++b) x[p][i] += gain[i][p][b] * x[b][i + 1];
}

void step(Group &group, const Parameters &k, double dt) {
  auto &x = group.x;
  const auto &f = group.field;
  const V one = V{} + 1.0;
  V decay[layers], forms[layers], breaks_down[layers], lives[layers], dies[layers], room[layers], from_intermediate[layers],
      from_stable[layers], returns[layers], to_dom[layers];
  for (int i = 0; i < layers; ++i) {
    const V B = x[microbial][i] * f[per_volume][i], D = x[dom][i] * f[per_volume][i];
    const V filled = (x[intermediate][i] + x[stable][i]) * f[per_capacity][i];
    const V excess = k.overfull_release_rate * positive(filled - one), fT = f[desorption][i];
    room[i] = positive(one - filled);
    decay[i] = dt * f[activity][i] *
               (k.decay_basal_fraction + (1.0 - k.decay_basal_fraction) * B / (k.decay_half_saturation + B));
    lives[i] = dt * f[uptake][i] * (B + k.seed_bank) / (k.uptake_half_saturation + D);
    dies[i] = dt * f[mortality][i] * B;
    returns[i] = dt * k.exchange_rate * (one + f[bound][i] * D);
    forms[i] = dt * f[forming][i] * B / (k.macroaggregate_half_saturation + B) *
               positive(one - x[macro][i] * f[per_volume][i] * (1.0 / k.macroaggregate_capacity));
    from_intermediate[i] =
        dt * (k.intermediate_desorption_rate * fT *
                  (k.intermediate_basal_fraction +
                   (1.0 - k.intermediate_basal_fraction) * B / (k.intermediate_half_saturation + B)) +
              excess);
    from_stable[i] = dt * (k.stable_desorption_rate * fT *
                               (k.stable_basal_fraction +
                                (1.0 - k.stable_basal_fraction) * B / (k.stable_half_saturation + B)) +
                           excess);
  }
  const V *const md = f[mixing_down], *const mu = f[mixing_up], *const dd = f[dissolved_down], *const du = f[dissolved_up];

  solve<1>({md}, {mu}, {x[metabolic]}, [&](int i, V(&a)[1][1], V(&y)[1]) {
    a[0][0] = one + k.metabolic_decay_rate * decay[i];
    y[0] = x[metabolic][i] + dt * f[input_metabolic][i];
  });
  solve<1>({md}, {mu}, {x[pyrogenic]}, [&](int i, V(&a)[1][1], V(&y)[1]) {
    a[0][0] = one + k.pyrogenic_decay_rate * decay[i];
    y[0] = x[pyrogenic][i];
  });
  const double breaking = dt * k.macroaggregate_breakup_rate, opening = dt * k.microaggregate_breakup_rate;
  const double to_micro = k.macro_to_micro_fraction * breaking, to_structural = breaking - to_micro;
  solve<3>({md, md, md}, {mu, mu, mu}, {x[structural], x[macro], x[micro]}, [&](int i, V(&a)[3][3], V(&y)[3]) {
    const V s = k.structural_decay_rate * decay[i];
    a[0][0] = one + s + forms[i];
    a[1][1] = one + k.macro_occlusion_factor * s + breaking;
    a[2][2] = one + k.micro_occlusion_factor * s + opening;
    a[1][0] = -forms[i];
    a[0][1] = V{} - to_structural;
    a[2][1] = V{} - to_micro;
    a[0][2] = V{} - opening;
    y[0] = x[structural][i] + dt * f[input_structural][i];
    y[1] = x[macro][i];
    y[2] = x[micro][i];
  });
  for (int i = 0; i < layers; ++i) {
    const V s = x[structural][i] + k.macro_occlusion_factor * x[macro][i] + k.micro_occlusion_factor * x[micro][i];
    to_dom[i] = decay[i] * (k.metabolic_decay_rate * x[metabolic][i] + k.structural_decay_rate * s +
                            k.pyrogenic_decay_rate * x[pyrogenic][i]) +
                dt * f[input_dom][i];
  }
  solve<5>({dd, md, md, md, md}, {du, mu, mu, mu, mu},
           {x[dom], x[microbial], x[exchangeable], x[intermediate], x[stable]}, [&](int i, V(&a)[5][5], V(&y)[5]) {
             const V fT = dt * f[desorption][i], held = k.dead_to_intermediate * room[i] * dies[i];
             const V to_surface = dt * f[sorbed][i], grows = k.carbon_use_efficiency * lives[i];
             const V matures = k.exchangeable_maturation_rate * fT * room[i];
             const V settles = k.intermediate_maturation_rate * fT * room[i];
             a[0][0] = one + lives[i] + to_surface;
             a[1][1] = one + dies[i] + dt * f[maintenance][i];
             a[2][2] = one + returns[i] + matures;
             a[3][3] = one + from_intermediate[i] + settles;
             a[4][4] = one + from_stable[i];
             a[1][0] = -grows;
             a[2][0] = -to_surface;
             a[0][1] = held - dies[i];
             a[3][1] = -held;
             a[0][2] = -returns[i];
             a[3][2] = -matures;
             a[0][3] = -from_intermediate[i];
             a[4][3] = -settles;
             a[0][4] = -from_stable[i];
             y[0] = x[dom][i] + to_dom[i];
             y[1] = x[microbial][i];
             y[2] = x[exchangeable][i];
             y[3] = x[intermediate][i];
             y[4] = x[stable][i];
           });
}

double thread_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
}

}  // namespace

// Advances `columns` (a multiple of 64) by `years`; `state` [pools][layers][columns] and `field` [fields][layers]
// [columns] hold one column after the other. `seconds` receives the loop's time by the clock and its processor time per
// thread.
extern "C" void reference_loop(int64_t columns, int years, int threads, const Parameters *parameters,
                               const double *field, double *state, double *seconds) {
  const double dt = 1.0 / 12.0;
  std::vector<Group> all(static_cast<size_t>(columns / lanes));
  for (int64_t c = 0; c < columns; ++c) {
    Group &group = all[size_t(c / lanes)];
    for (int i = 0; i < layers; ++i) {
      for (int p = 0; p < pools; ++p) group.x[p][i][c % lanes] = state[(p * layers + i) * columns + c];
      for (int q = 0; q < fields; ++q) {
        const double moved = q >= dissolved_down && q <= mixing_up ? dt : 1.0;
        group.field[q][i][c % lanes] = moved * field[(q * layers + i) * columns + c];
      }
    }
  }
  std::vector<double> busy(static_cast<size_t>(threads));
  std::vector<std::thread> team;
  const auto began = std::chrono::steady_clock::now();
  for (int t = 0; t < threads; ++t)
    team.emplace_back([&, t] {
      const double before = thread_seconds();
      for (int64_t chunk = t; chunk < columns / width; chunk += threads)
        for (int month = 0; month < 12 * years; ++month)
          for (int g = 0; g < groups; ++g) step(all[size_t(chunk * groups + g)], *parameters, dt);
      busy[size_t(t)] = thread_seconds() - before;
    });
  for (auto &thread : team) thread.join();
  seconds[0] = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  seconds[1] = 0.0;
  for (double b : busy) seconds[1] += b / threads;
  for (int64_t c = 0; c < columns; ++c)
    for (int p = 0; p < pools; ++p)
      for (int i = 0; i < layers; ++i)
        state[(p * layers + i) * columns + c] = all[size_t(c / lanes)].x[p][i][c % lanes];
}

extern "C" int reference_lanes() { return lanes; }
