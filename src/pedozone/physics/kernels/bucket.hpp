// Plain interface between the bucket's registry (which speaks XLA's FFI) and its kernels per instruction set.
// Arrays are row-major with the batch of columns innermost; water in m.
#pragma once
#include <cstdint>

namespace pedozone {

struct BucketArguments {
  int64_t batch;
  int32_t cells, months, spells;
  double depletion_fraction, air_dry_fraction, evaporation_depth, evaporation_cut, evaporation_exponent, tiny;
  const double *storage;                 // [cells, batch]
  const double *precipitation;           // [months, batch]
  const double *potential;               // [months, batch]
  const double *root_share;              // [cells, batch]
  const double *transpiration_fraction;  // [batch]
  const double *thickness;               // [cells, batch]
  const double *coarse;                  // [cells, batch]
  const double *field_capacity;          // [cells, batch]
  const double *wilting_point;           // [cells, batch]
  double *theta;                         // [months, cells, batch]
  double *face_flux;                     // [months, cells + 1, batch], m yr-1
  double *taken;                         // [months, cells, batch]
  double *end;                           // [cells, batch]
};

// The derivative: cotangents of the four results in, cotangents of the nine operands out, all of full shape.
struct BucketAdjointArguments {
  BucketArguments forward;  // its results are not used
  const double *theta, *face_flux, *taken, *end;
  double *storage, *precipitation, *potential, *root_share, *transpiration_fraction;
  double *thickness, *coarse, *field_capacity, *wilting_point;
};

struct BucketTable {
  const char *name;
  void (*year)(const BucketArguments &);
  void (*adjoint)(const BucketAdjointArguments &);
};

}  // namespace pedozone
