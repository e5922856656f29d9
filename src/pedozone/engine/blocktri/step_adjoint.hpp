// The derivative of a step without ledger, part of kernel.cpp: one transposed solve with the step's own
// coefficients, then products cell by cell.

// Sum over quantities of (receiving - giving) * stock in one cell.
struct Gain {
  const V *lam, *z;
  size_t stride;  // from one quantity to the next
  int quantities;
  inline V operator()(int64_t receiving, int64_t giving) const {  // positions [pool][cell]; receiving < 0: nowhere
    V sum = splat(0.0);
    for (int r = 0; r < quantities; ++r) {
      const V to = receiving < 0 ? splat(0.0) : lam[r * stride + receiving];
      sum += (to - lam[r * stride + giving]) * z[r * stride + giving];
    }
    return sum;
  }
};

// Cotangents of the coefficients. `by_weight` [pools][cells] is added to: the cotangents of what the second Patankar
// stage multiplies a donor's transport with.
void coefficient_bars(const StepAdjointArguments &a, const Coefficients &c, const Lanes &lanes, const Gain &gain,
                      V *by_weight) {
  const Graph &g = a.forward.graph;
  const int n = g.cells, top = g.organic, mineral = n - top;
  const int64_t B = a.forward.batch;
  const V vdt = splat(a.forward.dt), zero = splat(0.0);
  for (int q = 0; q < g.classes; ++q)
    for (int i = 0; i < n; ++i) {
      V down = zero, up = zero;
      for (int p = 0; p < g.pools; ++p) {
        if (g.pool_class[p] != q) continue;
        const int64_t k = int64_t(p) * n + i;
        const V falling = gain(i + 1 < n ? k + 1 : -1, k);
        const V rising = crosses_up(g, i) ? gain(k - 1, k) : zero;
        down += c.weight[k] * falling;
        up += c.weight[k] * rising;
        by_weight[k] += c.down[q * n + i] * falling + c.up[q * n + i] * rising;
      }
      lanes.store(a.down[q] + i * B, vdt * down);
      lanes.store(a.up[q] + i * B, vdt * up);
    }
  for (int m = 0; m < g.incorporations; ++m) {
    const int64_t donor = int64_t(g.inc_donor[m]) * n, receiver = int64_t(g.inc_receiver[m]) * n + top;
    const V *share = c.share + size_t(m) * mineral, *inc = c.inc + size_t(m) * top;
    for (int s = 0; s < top; ++s) {
      V carried = zero;
      for (int r = 0; r < gain.quantities; ++r) {
        const V *lam = gain.lam + r * gain.stride, *z = gain.z + r * gain.stride;
        V mean = zero;
        for (int i = 0; i < mineral; ++i) mean += share[i] * lam[receiver + i];
        carried += (mean - lam[donor + s]) * z[donor + s];
      }
      const V weight = c.weight[donor + s];
      lanes.store(a.inc_rate[m] + s * B, vdt * weight * carried);
      by_weight[donor + s] += inc[s] / weight * carried;
    }
    for (int i = 0; i < mineral; ++i) {
      V sum = zero;
      for (int r = 0; r < gain.quantities; ++r) {
        V moved = zero;
        for (int s = 0; s < top; ++s) moved += inc[s] * gain.z[r * gain.stride + donor + s];
        sum += gain.lam[r * gain.stride + receiver + i] * moved;
      }
      lanes.store(a.inc_share[m] + i * B, sum);
    }
  }
}

void adjoint_group(const StepAdjointArguments &a, const std::vector<Component> &parts, const Lanes &lanes,
                   Scratch &scratch) {
  const StepArguments &f = a.forward;
  const Graph &g = f.graph;
  const int n = g.cells, nq = f.quantities, nr = g.transfers + g.losses;
  const int64_t B = f.batch, rows = int64_t(g.pools) * n;
  const bool patankar = f.op.rate0 != nullptr;
  scratch.reserve(scratch_size(g, nq) + size_t(nq + 1) * rows);
  const Coefficients c = coefficients(g, f.op, f.state, f.dt, B, lanes, scratch);
  V *lam = scratch.take(size_t(nq) * rows);
  V *z = scratch.take(size_t(nq) * rows);
  V *by_weight = scratch.take(rows);
  V *work = scratch.take(size_t(n) * largest_component * largest_component);
  const V vdt = splat(f.dt), zero = splat(0.0), half = splat(0.5), one = splat(1.0);
  for (int r = 0; r < nq; ++r) {
    const double decayed = r == 0 ? 0.0 : f.decay[r - 1] * f.dt;
    const V factor = splat(decayed == 0.0 ? 1.0 : __builtin_exp(-decayed));
    const V back = splat(decayed == 0.0 ? 1.0 : __builtin_exp(decayed));
    for (int64_t k = 0; k < rows; ++k) {
      lam[r * rows + k] = lanes.load(a.cotangent + (r * rows + k) * B) * factor;
      z[r * rows + k] = lanes.load(f.out + (r * rows + k) * B) * back;
    }
  }
  solve_all(g, parts, c, nq, f.identity, true, lam, work);
  for (int64_t k = 0; k < rows; ++k) by_weight[k] = zero;
  const Gain gain{lam, z, size_t(rows), nq};
  coefficient_bars(a, c, lanes, gain, by_weight);
  if (patankar)
    for (int64_t k = 0; k < rows; ++k) by_weight[k] *= half;  // from here on: of the ratio
  for (int t = 0; t < nr; ++t) {
    const bool transfer = t < g.transfers;
    const int d = transfer ? g.donor[t] : g.loss_donor[t - g.transfers];
    for (int i = 0; i < n; ++i) {
      const int64_t k = int64_t(d) * n + i;
      V bar = vdt * gain(transfer ? int64_t(g.receiver[t]) * n + i : -1, k);
      if (patankar) {
        bar *= half;
        lanes.store(a.rate0[t] + i * B, bar * (c.weight[k] + c.weight[k] - one));
        by_weight[k] += bar * lanes.load(f.op.rate0[t] + i * B);
      }
      lanes.store(a.rate[t] + i * B, bar);
    }
  }
  for (int u = 0; u < g.inputs; ++u)
    for (int i = 0; i < n; ++i) {
      const int64_t k = int64_t(g.input_pool[u]) * n + i;
      V sum = lam[k];
      for (int r = 1; r < nq; ++r)
        sum += lanes.load(f.signature + (int64_t(r - 1) * g.inputs + u) * B) * lam[r * rows + k];
      lanes.store(a.input[u] + i * B, vdt * sum);
    }
  for (int64_t k = 0; k < rows; ++k) {
    V bar = lam[k];
    for (int r = 1; r < nq; ++r) {
      if (f.ageing[r - 1] != 0.0) bar += vdt * splat(f.ageing[r - 1]) * lam[r * rows + k];
      lanes.store(a.state + (r * rows + k) * B, lam[r * rows + k]);
    }
    if (patankar) {
      const V stage = lanes.load(f.op.stage + k * B);
      const V inverse = stage > zero ? one / stage : zero;
      const V ratio = c.weight[k] + c.weight[k] - one, through = by_weight[k] * inverse;
      bar += through;
      lanes.store(a.stage + k * B, -through * ratio);
    }
    lanes.store(a.state + k * B, bar);
  }
}

void step_adjoint(const StepAdjointArguments &a) {
  static thread_local Scratch scratch;
  const auto parts = plan(a.forward.graph);
  over_groups(a.forward.batch, [&](const Lanes &lanes) { adjoint_group(a, parts, lanes, scratch); });
}
