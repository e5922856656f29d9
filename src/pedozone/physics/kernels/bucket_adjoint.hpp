// The water year's derivative, part of bucket.cpp: forward once, keeping what every spell starts with, then back
// through the spells, each run once more with its slopes.

struct Taken {
  V amount, by_demand, by_available, by_stressed;
};

// `take` with its slopes. Both of its branches meet in value and slope where demand equals what is free.
inline Taken take_with_slopes(V demand, V available, V stressed, V per_stressed) {
  const V zero = splat(0.0), one = splat(1.0);
  const V free = larger(available - stressed, zero);
  if (!any_above(demand, free)) {
    const V dry = smaller(available, stressed) * per_stressed;  // an empty cell gives nothing to a first demand
    return {demand, demand < free ? one : dry, zero, zero};
  }
  const V unstressed = smaller(demand, free), rest = smaller(available, stressed);
  const V left = (unstressed - demand) * per_stressed;
  const V fallen = expm1(left), slope = rest * per_stressed * (one + fallen);
  const auto unlimited = demand < free;
  return {unstressed - rest * fallen, unlimited ? one : slope, unlimited ? zero : -fallen,
          unlimited ? zero : slope * left};
}

// `limited` with its slopes.
inline void limited_slopes(V demand, V supply, double exponent, double tiny, V &by_demand, V &by_supply) {
  for (int l = 0; l < W; ++l) {
    const bool first = demand[l] < supply[l];
    const double low = first ? demand[l] : supply[l], high = first ? supply[l] : demand[l];
    double ratio = low / (high < tiny ? tiny : high);
    ratio = ratio < tiny ? tiny : ratio;
    const double power = __builtin_pow(ratio, exponent);
    const double by_low = __builtin_pow(1.0 + power, -1.0 / exponent - 1.0);
    by_demand[l] = first ? by_low : by_low * power * ratio;
    by_supply[l] = first ? by_low * power * ratio : by_low;
  }
}

// Cotangents of a cell, and the slopes of one spell.
struct CellBar {
  V full, wilting, air_dry, reach, exposed, root, root_per_capacity, fine, field_capacity;
  V evaporation_stress, transpiration_stress, stored;
  V water, flux, taken;  // of the month's sums
  V used;                // of one spell
  V draining, above_air_dry, above_wilting;
  Taken evaporated, transpired, compensated;
};

struct SpellBar {
  V rain, evaporation, transpiration;
};

// One spell from cells[].stored, back; bars[].stored goes from its end to its start. `drained` is the cotangent of
// the drainage at the base.
SpellBar spell_back(Cell *cells, CellBar *bars, int n, V rain, V evaporation, V transpiration, V drained, V tiny) {
  const V zero = splat(0.0), one = splat(1.0), half = splat(0.5);
  V inflow = rain, unmet = zero, weights = zero;
  for (int i = 0; i < n; ++i) {
    Cell &c = cells[i];
    CellBar &b = bars[i];
    const V held = c.stored + inflow;
    inflow = larger(held - c.full, zero);
    b.draining = held > c.full ? one : zero;
    c.wet = held - inflow;
    b.above_air_dry = c.wet > c.air_dry ? one : zero;
    b.evaporated = take_with_slopes(c.reach * evaporation, larger(c.wet - c.air_dry, zero), c.evaporation_stress,
                                    c.per_evaporation_stress);
    const V left = c.wet - b.evaporated.amount - c.wilting;
    b.above_wilting = left > zero ? one : zero;
    const V available = larger(left, zero), wanted = c.root * transpiration;
    b.transpired = take_with_slopes(wanted, available, c.transpiration_stress, c.per_transpiration_stress);
    unmet += wanted - b.transpired.amount;
    c.available = available - b.transpired.amount;
    c.weight = c.root_per_capacity * c.available;
    weights += c.weight;
  }
  const V per_weight = one / larger(weights, tiny), share = unmet * per_weight;
  V share_bar = zero;
  for (int i = 0; i < n; ++i) {
    Cell &c = cells[i];
    CellBar &b = bars[i];
    b.compensated = take_with_slopes(share * c.weight, c.available, c.transpiration_stress,
                                     c.per_transpiration_stress);
    const V end = b.stored + half * b.water;
    b.used = b.taken - end;
    b.stored = end + half * b.water;  // now of the wet cell
    share_bar += b.used * b.compensated.by_demand * c.weight;
  }
  const V unmet_bar = share_bar * per_weight;
  const V weights_bar = weights > tiny ? -share * unmet_bar : zero;
  SpellBar total{zero, zero, zero};
  V outflow = drained;
  for (int i = n - 1; i >= 0; --i) {
    Cell &c = cells[i];
    CellBar &b = bars[i];
    const V weight_bar = b.used * b.compensated.by_demand * share + weights_bar;
    b.root_per_capacity += weight_bar * c.available;
    const V left_bar = b.used * b.compensated.by_available + weight_bar * c.root_per_capacity;
    const V transpired_bar = b.used - left_bar - unmet_bar;
    b.transpiration_stress += b.used * b.compensated.by_stressed + transpired_bar * b.transpired.by_stressed;
    const V wanted_bar = unmet_bar + transpired_bar * b.transpired.by_demand;
    b.root += wanted_bar * transpiration;
    total.transpiration += wanted_bar * c.root;
    const V available_bar = (left_bar + transpired_bar * b.transpired.by_available) * b.above_wilting;
    b.wilting -= available_bar;
    const V evaporated_bar = b.used - available_bar;
    const V asked_bar = evaporated_bar * b.evaporated.by_demand;
    b.reach += asked_bar * evaporation;
    total.evaporation += asked_bar * c.reach;
    b.evaporation_stress += evaporated_bar * b.evaporated.by_stressed;
    const V above_bar = evaporated_bar * b.evaporated.by_available * b.above_air_dry;
    b.air_dry -= above_bar;
    const V wet_bar = b.stored + available_bar + above_bar;
    const V excess_bar = (outflow - wet_bar) * b.draining;
    b.full -= excess_bar;
    b.stored = wet_bar + excess_bar;
    outflow = b.stored + b.flux;
  }
  total.rain = outflow;
  return total;
}

// From the cotangents of what `prepare` made of a cell to those of the operands.
void prepare_back(const BucketAdjointArguments &a, const Lanes &lanes, Cell *cells, CellBar *bars) {
  const BucketArguments &f = a.forward;
  const int n = f.cells;
  const int64_t B = f.batch;
  const V zero = splat(0.0), one = splat(1.0), tiny = splat(f.tiny);
  const V per_depth = splat(1.0 / f.evaporation_depth), stress = splat(1.0 - f.depletion_fraction);
  // reach = light[i] - light[i + 1], light the e-folds from the surface, then scaled to add up to one
  const V cut = splat(f.evaporation_cut);
  V total = zero, light = one - cut, scaled = zero, depths = zero;
  for (int i = 0; i < n; ++i) {
    depths += lanes.load(f.thickness + i * B) * per_depth;
    const V fold = one + expm1(-depths), below = larger(fold - cut, zero);
    cells[i].water = fold > cut ? fold : zero;  // minus the slope of light at the bottom of the cell, in e-folds
    total += light - below;
    light = below;
    scaled += bars[i].reach * cells[i].reach;
  }
  const V per_total = one / larger(total, tiny);
  const V total_bar = total > tiny ? -scaled * per_total : zero;
  V deeper = zero;  // cotangent of the thickness of everything above, from the light below
  V next = zero;    // cotangent of the reach of the cell below
  for (int i = n - 1; i >= 0; --i) {
    const Cell &c = cells[i];
    CellBar &b = bars[i];
    const V thickness = lanes.load(f.thickness + i * B), coarse = lanes.load(f.coarse + i * B);
    const V per_thickness = one / larger(thickness, tiny);
    const V evaporable = c.full - c.air_dry;
    const V evaporable_bar = stress * evaporable > tiny ? stress * b.evaporation_stress : zero;
    // the wilting point holds back water where no air reaches
    const V air_dry_bar = b.air_dry - evaporable_bar, sealed = splat(1.0 - f.air_dry_fraction);
    const V exposed_bar = b.exposed - air_dry_bar * sealed * c.wilting;
    const V reach_bar = b.reach * per_total + total_bar + exposed_bar * splat(f.evaporation_depth) * per_thickness;
    deeper -= (next - reach_bar) * c.water * per_depth;
    V thickness_bar = deeper - (thickness > tiny ? exposed_bar * c.exposed * per_thickness : zero);
    next = reach_bar;
    const V fine = thickness * (one - coarse), capacity = c.full - c.wilting;
    V capacity_bar = stress * capacity > tiny ? stress * b.transpiration_stress : zero;
    const V per_capacity = one / larger(capacity, tiny);
    capacity_bar -= capacity > tiny ? b.root_per_capacity * c.root_per_capacity * per_capacity : zero;
    const V full_bar = b.full + evaporable_bar + capacity_bar;
    const V wilting_bar = b.wilting - capacity_bar + air_dry_bar * (one - sealed * c.exposed);
    const V field_capacity = lanes.load(f.field_capacity + i * B), wilting = lanes.load(f.wilting_point + i * B);
    const V fine_bar = b.fine + full_bar * field_capacity + wilting_bar * wilting;
    thickness_bar += fine_bar * (one - coarse);
    lanes.store(a.thickness + i * B, thickness_bar);
    lanes.store(a.coarse + i * B, -fine_bar * thickness);
    lanes.store(a.field_capacity + i * B, b.field_capacity + full_bar * fine);
    lanes.store(a.wilting_point + i * B, wilting_bar * fine);
    lanes.store(a.root_share + i * B, b.root + b.root_per_capacity * per_capacity);
    lanes.store(a.storage + i * B, b.stored);
  }
}

void adjoint_group(const BucketAdjointArguments &a, const Lanes &lanes, Cell *cells, CellBar *bars, V *starts,
                   V *evaporations) {
  const BucketArguments &f = a.forward;
  const int n = f.cells;
  const int64_t B = f.batch;
  const V zero = splat(0.0), one = splat(1.0), tiny = splat(f.tiny), twelve = splat(12.0);
  const V spells = splat(f.spells), per_spell = one / spells;
  const V share = lanes.load(f.transpiration_fraction);
  prepare(f, lanes, cells);
  for (int i = 0; i < n; ++i) bars[i] = CellBar{};
  auto supply_of = [&](V rain) {
    V supply = rain;
    for (int i = 0; i < n; ++i) supply += cells[i].exposed * larger(cells[i].stored - cells[i].air_dry, zero);
    return supply;
  };
  for (int64_t m = 0; m < f.months; ++m) {
    const V rain = lanes.load(f.precipitation + m * B), potential = lanes.load(f.potential + m * B);
    for (int i = 0; i < n; ++i) cells[i].water = zero;
    evaporations[m] = limited((one - share) * potential, supply_of(rain), f.evaporation_exponent, f.tiny);
    for (int s = 0; s < f.spells; ++s) {
      for (int i = 0; i < n; ++i) starts[(m * f.spells + s) * n + i] = cells[i].stored;
      spell(cells, n, rain * per_spell, evaporations[m] * per_spell, share * potential * per_spell, tiny);
    }
    for (int i = 0; i < n; ++i) {
      const V per_fine = cells[i].per_fine, bar = lanes.load(a.theta + (m * n + i) * B);
      bars[i].fine -= bar * cells[i].water * per_spell * per_fine * per_fine;
      bars[i].field_capacity += per_fine > zero ? zero : bar;
    }
  }
  V share_bar = zero;
  for (int i = 0; i < n; ++i) bars[i].stored = lanes.load(a.end + i * B);
  for (int64_t m = f.months - 1; m >= 0; --m) {
    const V rain = lanes.load(f.precipitation + m * B), potential = lanes.load(f.potential + m * B);
    const V drained = twelve * lanes.load(a.face_flux + (m * (n + 1) + n) * B);
    for (int i = 0; i < n; ++i) {
      CellBar &b = bars[i];
      b.water = lanes.load(a.theta + (m * n + i) * B) * per_spell * cells[i].per_fine;
      b.flux = twelve * lanes.load(a.face_flux + (m * (n + 1) + i) * B);
      b.taken = lanes.load(a.taken + (m * n + i) * B);
    }
    SpellBar month{zero, zero, zero};
    for (int s = f.spells - 1; s >= 0; --s) {
      for (int i = 0; i < n; ++i) cells[i].stored = starts[(m * f.spells + s) * n + i];
      const SpellBar now = spell_back(cells, bars, n, rain * per_spell, evaporations[m] * per_spell,
                                      share * potential * per_spell, drained, tiny);
      month.rain += now.rain * per_spell;
      month.evaporation += now.evaporation * per_spell;
      month.transpiration += now.transpiration * per_spell;
    }
    V by_demand, by_supply;
    limited_slopes((one - share) * potential, supply_of(rain), f.evaporation_exponent, f.tiny, by_demand, by_supply);
    const V demand_bar = month.evaporation * by_demand, supply_bar = month.evaporation * by_supply;
    for (int i = 0; i < n; ++i) {
      const V above = larger(cells[i].stored - cells[i].air_dry, zero);
      const V bar = above > zero ? supply_bar * cells[i].exposed : zero;
      bars[i].exposed += supply_bar * above;
      bars[i].stored += bar;
      bars[i].air_dry -= bar;
    }
    share_bar += (month.transpiration - demand_bar) * potential;
    lanes.store(a.precipitation + m * B, month.rain + supply_bar);
    lanes.store(a.potential + m * B, demand_bar * (one - share) + month.transpiration * share);
  }
  lanes.store(a.transpiration_fraction, share_bar);
  prepare_back(a, lanes, cells, bars);
}

void year_adjoint(const BucketAdjointArguments &a) {
  static thread_local Scratch scratch;
  static_assert(sizeof(CellBar) % sizeof(V) == 0, "bars are made of vectors");
  const BucketArguments &f = a.forward;
  over_groups(f.batch, [&](const Lanes &lanes) {
    const size_t cell = sizeof(Cell) / sizeof(V), bar = sizeof(CellBar) / sizeof(V), n = f.cells;
    const size_t starts = size_t(f.months) * f.spells * n;
    scratch.reserve(n * (cell + bar) + starts + f.months);
    Cell *cells = reinterpret_cast<Cell *>(scratch.take(n * cell));
    CellBar *bars = reinterpret_cast<CellBar *>(scratch.take(n * bar));
    V *start = scratch.take(starts);
    adjoint_group(a, lanes, cells, bars, start, scratch.take(f.months));
  });
}
