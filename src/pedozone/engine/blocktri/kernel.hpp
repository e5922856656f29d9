// Plain interface between the registry (which speaks XLA's FFI) and the kernels compiled per instruction set.
// Arrays are row-major with the batch of columns innermost: [..., cell, batch]. Rates in yr-1, time in yr.
#pragma once
#include <cstdint>

namespace pedozone {

// The static structure of a pool graph. Cells: `organic` slots first, then mineral layers, top to bottom.
struct Graph {
  int32_t pools, cells, organic, transfers, losses, fates, inputs, classes, incorporations, components;
  const int32_t *donor, *receiver;        // [transfers]
  const int32_t *loss_donor, *loss_fate;  // [losses]
  const int32_t *input_pool;              // [inputs]
  const int32_t *pool_class;              // [pools], -1 for a pool that does not move
  const int32_t *inc_donor, *inc_receiver;  // [incorporations], organic slot -> mineral layers
  const int32_t *component_start;         // [components + 1], upstream first
  const int32_t *component_pool;          // [pools]
};

// Coefficients of the operator. `rate0` and `stage` are null outside the second Patankar stage.
struct Operator {
  const double *const *rate;      // [transfers + losses] of [cells, batch]
  const double *const *rate0;     // the same at x^n, or null
  const double *stage;            // x^(1) [pools, cells, batch], or null
  const double *const *down;      // [classes] of [cells, batch]
  const double *const *up;        // [classes] of [cells, batch]
  const double *const *inc_rate;  // [incorporations] of [organic, batch]
  const double *const *inc_share; // [incorporations] of [mineral, batch]
};

// Annual sums, added to in place; null when nothing is recorded.
struct Ledger {
  double *stock;   // [pools, cells, batch]
  double *flux;    // [transfers + losses, cells, batch]
  double *down;    // [pools, cells, batch]
  double *up;      // [pools, cells, batch]
  double *inc;     // [incorporations, organic, batch]
  double *input;   // [quantities, cells, batch]
  double *loss;    // [quantities, fates, cells, batch]
  double *face;    // [quantities, classes, cells, batch]
  double *moved;   // [quantities, incorporations, organic, batch]
  double *source;  // [quantities, cells, batch] ageing minus decay
};

struct StepArguments {
  Graph graph;
  Operator op;
  int64_t batch;
  int32_t quantities;          // carbon first, then tracers
  double dt, identity;
  const double *state;         // [quantities, pools, cells, batch]
  const double *const *input;  // [inputs] of [cells, batch]
  const double *signature;     // [quantities - 1, inputs, batch]
  const double *ageing;        // [quantities - 1]: carbon's own stock as a source
  const double *decay;         // [quantities - 1]: yr-1
  double *out;                 // [quantities, pools, cells, batch]
  Ledger ledger;
};

// The derivative of a step without ledger: the cotangent of its state in, cotangents of its operands out. Those of
// dt, signature, ageing and decay follow from `state` and are left to the caller.
struct StepAdjointArguments {
  StepArguments forward;     // `out` holds the result of the step and is only read
  const double *cotangent;   // [quantities, pools, cells, batch]
  double *state;             // [quantities, pools, cells, batch]
  double *const *input;      // [inputs] of [cells, batch]
  double *const *rate;       // as in Operator, from here on
  double *const *rate0;
  double *stage;
  double *const *down;
  double *const *up;
  double *const *inc_rate;
  double *const *inc_share;
};

struct SolveArguments {
  Graph graph;
  Operator op;
  int64_t batch;
  int32_t right_hand_sides;
  bool transpose;
  double dt, identity;
  const double *rhs;  // [right_hand_sides, pools, cells, batch]
  double *out;
};

struct DenseArguments {
  int64_t batch;
  int32_t cells, size, right_hand_sides;
  const double *diagonal;  // [cells, size, size, batch]
  const double *lower;     // [cells, size, batch]: coupling to the cell above (diagonal block)
  const double *upper;     // [cells, size, batch]: coupling to the cell below
  const double *rhs;       // [right_hand_sides, size, cells, batch]
  double *out;
};

struct KernelTable {
  const char *name;
  int lanes;
  void (*step)(const StepArguments &);
  void (*step_adjoint)(const StepAdjointArguments &);
  void (*solve)(const SolveArguments &);
  void (*dense)(const DenseArguments &);
};

constexpr int32_t largest_component = 16;

}  // namespace pedozone
