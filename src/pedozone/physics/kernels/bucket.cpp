// Water balance of one year, the algorithm of physics/water.py: a spell runs down the cells once to fill them and to
// ask for evaporation and transpiration, and once more where roots have to find water elsewhere.
#include "bucket.hpp"

#include "../../engine/blocktri/lanes.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pedozone {
namespace PEDOZONE_ISA_NAMESPACE {
namespace {

typedef uint64_t U __attribute__((vector_size(8 * W)));

// Not-a-number in `a` stays, as in the JAX version: a bad input must not end as a dry soil.
inline V larger(V a, V b) { return b > a ? b : a; }
inline V smaller(V a, V b) { return b < a ? b : a; }

inline bool any_above(V a, V b) {
#if defined(__AVX512F__) && PEDOZONE_LANES == 8
  return _mm512_cmp_pd_mask((__m512d)a, (__m512d)b, _CMP_GT_OQ) != 0;
#elif defined(__AVX__) && PEDOZONE_LANES == 4
  return _mm256_movemask_pd((__m256d)(a > b)) != 0;
#elif defined(__SSE2__) && PEDOZONE_LANES == 2
  return _mm_movemask_pd((__m128d)(a > b)) != 0;
#else
  bool found = false;
  for (int l = 0; l < W; ++l) found |= a[l] > b[l];
  return found;
#endif
}

// exp(x) - 1 within about one unit in the last place: x = n ln 2 + r, Taylor's series in r (|r| <= ln 2 / 2).
inline V expm1(V x) {
  const V limit = splat(700.0), magic = splat(6755399441055744.0);  // 1.5 * 2^52 leaves the integer in the low bits
  x = smaller(larger(x, -limit), limit);
  const V shifted = x * splat(1.4426950408889634) + magic;
  const V n = shifted - magic;
  // ln 2 in two parts (fdlibm), the first short enough for an exact product with n
  const V r = (x - n * splat(6.93147180369123816490e-01)) - n * splat(1.90821492927058770002e-10);
  const V r2 = r * r;
  // 1/2! ... 1/13!, even and odd powers apart to shorten the chain
  V even = splat(1.0 / 479001600.0), odd = splat(1.0 / 6227020800.0);
  even = even * r2 + splat(1.0 / 3628800.0), odd = odd * r2 + splat(1.0 / 39916800.0);
  even = even * r2 + splat(1.0 / 40320.0), odd = odd * r2 + splat(1.0 / 362880.0);
  even = even * r2 + splat(1.0 / 720.0), odd = odd * r2 + splat(1.0 / 5040.0);
  even = even * r2 + splat(1.0 / 24.0), odd = odd * r2 + splat(1.0 / 120.0);
  even = even * r2 + splat(0.5), odd = odd * r2 + splat(1.0 / 6.0);
  const V p = r + r2 * (even + r * odd);
  U bits;
  std::memcpy(&bits, &shifted, sizeof(V));
  bits = (bits << 52) + (uint64_t(1023) << 52);
  V scale;
  std::memcpy(&scale, &bits, sizeof(V));
  return scale * p + (scale - splat(1.0));
}

// Water given up over a spell by a cell asked for `demand`: full rate down to `stressed`, then exponential decline.
inline V take(V demand, V available, V stressed, V per_stressed) {
  const V free = larger(available - stressed, splat(0.0));
  const V unstressed = smaller(demand, free);
  if (!any_above(demand, unstressed)) return unstressed;
  const V rest = smaller(available, stressed);
  return unstressed - rest * expm1((unstressed - demand) * per_stressed);
}

// Evaporation between the limits of demand and supply.
inline V limited(V demand, V supply, double exponent, double tiny) {
  V result;
  for (int l = 0; l < W; ++l) {
    const bool by_demand = demand[l] < supply[l];
    const double low = by_demand ? demand[l] : supply[l], high = by_demand ? supply[l] : demand[l];
    double ratio = low / (high < tiny ? tiny : high);
    ratio = ratio < tiny ? tiny : ratio;
    result[l] = low * __builtin_pow(1.0 + __builtin_pow(ratio, exponent), -1.0 / exponent);
  }
  return result;
}

// What a cell is for the whole year, and what it holds.
struct Cell {
  V full, wilting, air_dry, reach, exposed, root, root_per_capacity, per_fine;
  V evaporation_stress, per_evaporation_stress, transpiration_stress, per_transpiration_stress;
  V stored, wet, used, available, weight;  // state and what one spell leaves for its second run
  V water, flux, taken;                    // sums over a month
};

void prepare(const BucketArguments &a, const Lanes &lanes, Cell *cells) {
  const int n = a.cells;
  const int64_t B = a.batch;
  const V zero = splat(0.0), one = splat(1.0), tiny = splat(a.tiny);
  const V depth = splat(a.evaporation_depth), stress = splat(1.0 - a.depletion_fraction);
  const V cut = splat(a.evaporation_cut);
  V depths = zero, light = one - cut, total = zero;  // e-folds from the surface, less what is cut
  for (int i = 0; i < n; ++i) {
    Cell &c = cells[i];
    const V thickness = lanes.load(a.thickness + i * B);
    const V fine = thickness * (one - lanes.load(a.coarse + i * B));
    c.full = lanes.load(a.field_capacity + i * B) * fine;
    c.wilting = lanes.load(a.wilting_point + i * B) * fine;
    const V capacity = c.full - c.wilting;
    depths += thickness / depth;
    const V below = larger(one - cut + expm1(-depths), zero);
    c.reach = light - below;
    light = below;
    c.exposed = depth * c.reach / larger(thickness, tiny);  // mean of the e-folds over the cell
    c.air_dry = c.wilting * (one - splat(1.0 - a.air_dry_fraction) * c.exposed);
    total += c.reach;
    c.root = lanes.load(a.root_share + i * B);
    c.root_per_capacity = c.root / larger(capacity, tiny);
    c.per_fine = fine > tiny ? one / fine : zero;
    c.evaporation_stress = larger(stress * (c.full - c.air_dry), tiny);
    c.per_evaporation_stress = one / c.evaporation_stress;
    c.transpiration_stress = larger(stress * capacity, tiny);
    c.per_transpiration_stress = one / c.transpiration_stress;
    c.stored = lanes.load(a.storage + i * B);
  }
  const V share = one / larger(total, tiny);
  for (int i = 0; i < n; ++i) cells[i].reach *= share;
}

// Rain, evaporation and transpiration wanted in one spell, m. Returns the drainage at the base.
V spell(Cell *cells, int n, V rain, V evaporation, V transpiration, V tiny) {
  const V zero = splat(0.0), half = splat(0.5);
  V inflow = rain, unmet = zero, weights = zero;
  for (int i = 0; i < n; ++i) {
    Cell &c = cells[i];
    c.flux += inflow;
    const V held = c.stored + inflow;
    inflow = larger(held - c.full, zero);
    c.wet = held - inflow;
    const V evaporated = take(c.reach * evaporation, larger(c.wet - c.air_dry, zero), c.evaporation_stress,
                              c.per_evaporation_stress);
    const V available = larger(c.wet - evaporated - c.wilting, zero);
    const V wanted = c.root * transpiration;
    const V transpired = take(wanted, available, c.transpiration_stress, c.per_transpiration_stress);
    unmet += wanted - transpired;
    c.used = evaporated + transpired;
    c.available = available - transpired;
    c.weight = c.root_per_capacity * c.available;
    weights += c.weight;
  }
  if (any_above(unmet, zero) || any_above(zero, unmet)) {
    const V share = unmet / larger(weights, tiny);
    for (int i = 0; i < n; ++i) {
      Cell &c = cells[i];
      c.used += take(share * c.weight, c.available, c.transpiration_stress, c.per_transpiration_stress);
    }
  }
  for (int i = 0; i < n; ++i) {
    Cell &c = cells[i];
    c.stored = c.wet - c.used;
    c.water += half * (c.wet + c.stored);
    c.taken += c.used;
  }
  return inflow;
}

void year_group(const BucketArguments &a, const Lanes &lanes, Cell *cells) {
  const int n = a.cells;
  const int64_t B = a.batch;
  const V zero = splat(0.0), one = splat(1.0), tiny = splat(a.tiny), twelve = splat(12.0);
  const V spells = splat(a.spells), per_spell = one / spells;
  prepare(a, lanes, cells);
  const V share = lanes.load(a.transpiration_fraction);
  for (int64_t m = 0; m < a.months; ++m) {
    const V rain = lanes.load(a.precipitation + m * B), potential = lanes.load(a.potential + m * B);
    V supply = rain, drained = zero;
    for (int i = 0; i < n; ++i) {
      Cell &c = cells[i];
      supply += c.exposed * larger(c.stored - c.air_dry, zero);
      c.water = c.flux = c.taken = zero;
    }
    const V evaporation = limited((one - share) * potential, supply, a.evaporation_exponent, a.tiny);
    for (int s = 0; s < a.spells; ++s)
      drained += spell(cells, n, rain / spells, evaporation / spells, share * potential / spells, tiny);
    for (int i = 0; i < n; ++i) {
      const Cell &c = cells[i];
      const V theta = c.water * per_spell * c.per_fine;
      lanes.store(a.theta + (m * n + i) * B,
                  c.per_fine > zero ? theta : lanes.load(a.field_capacity + i * B));
      lanes.store(a.face_flux + (m * (n + 1) + i) * B, twelve * c.flux);
      lanes.store(a.taken + (m * n + i) * B, c.taken);
    }
    lanes.store(a.face_flux + (m * (n + 1) + n) * B, twelve * drained);
  }
  for (int i = 0; i < n; ++i) lanes.store(a.end + i * B, cells[i].stored);
}

void year(const BucketArguments &a) {
  static thread_local Scratch scratch;
  static_assert(sizeof(Cell) % sizeof(V) == 0, "cells are made of vectors");
  over_groups(a.batch, [&](const Lanes &lanes) {
    const size_t vectors = size_t(a.cells) * (sizeof(Cell) / sizeof(V));
    scratch.reserve(vectors);
    year_group(a, lanes, reinterpret_cast<Cell *>(scratch.take(vectors)));
  });
}

#include "bucket_adjoint.hpp"

}  // namespace

extern const BucketTable bucket_table;
const BucketTable bucket_table = {PEDOZONE_NAME(PEDOZONE_ISA_NAMESPACE), year, year_adjoint};

}  // namespace PEDOZONE_ISA_NAMESPACE
}  // namespace pedozone
