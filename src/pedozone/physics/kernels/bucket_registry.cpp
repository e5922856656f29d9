// Entry point of the bucket for XLA's foreign function interface; it follows the engine's choice of instruction set.
#include <cstring>

#include "bucket.hpp"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

extern "C" const char *pedozone_isa();

namespace pedozone {

namespace baseline {
extern const BucketTable bucket_table;
}
#ifdef PEDOZONE_X86
namespace v3 {
extern const BucketTable bucket_table;
}
namespace v4 {
extern const BucketTable bucket_table;
}
#endif

namespace {

const BucketTable &chosen() {
#ifdef PEDOZONE_X86
  for (const BucketTable *t : {&v4::bucket_table, &v3::bucket_table})
    if (std::strcmp(t->name, pedozone_isa()) == 0) return *t;
#endif
  return baseline::bucket_table;
}

using Doubles = ffi::Buffer<ffi::DataType::F64>;
using Result = ffi::Result<Doubles>;

ffi::Error wrong_shape() {
  return ffi::Error::InvalidArgument("the bucket takes arrays of shape [cells, batch] and [months, batch]");
}

BucketArguments arguments(Doubles storage, Doubles precipitation, Doubles potential, Doubles root_share,
                          Doubles transpiration_fraction, Doubles thickness, Doubles coarse, Doubles field_capacity,
                          Doubles wilting_point, int32_t spells, double depletion_fraction, double air_dry_fraction,
                          double evaporation_depth, double evaporation_cut, double evaporation_exponent, double tiny) {
  const auto cells = storage.dimensions(), months = precipitation.dimensions();
  BucketArguments a{};
  a.batch = cells[1];
  a.cells = static_cast<int32_t>(cells[0]);
  a.months = static_cast<int32_t>(months[0]);
  a.spells = spells;
  a.depletion_fraction = depletion_fraction;
  a.air_dry_fraction = air_dry_fraction;
  a.evaporation_depth = evaporation_depth;
  a.evaporation_cut = evaporation_cut;
  a.evaporation_exponent = evaporation_exponent;
  a.tiny = tiny;
  a.storage = storage.typed_data();
  a.precipitation = precipitation.typed_data();
  a.potential = potential.typed_data();
  a.root_share = root_share.typed_data();
  a.transpiration_fraction = transpiration_fraction.typed_data();
  a.thickness = thickness.typed_data();
  a.coarse = coarse.typed_data();
  a.field_capacity = field_capacity.typed_data();
  a.wilting_point = wilting_point.typed_data();
  return a;
}

ffi::Error bucket_handler(Doubles storage, Doubles precipitation, Doubles potential, Doubles root_share,
                          Doubles transpiration_fraction, Doubles thickness, Doubles coarse, Doubles field_capacity,
                          Doubles wilting_point, Result theta, Result face_flux, Result taken, Result end,
                          int32_t spells, double depletion_fraction, double air_dry_fraction,
                          double evaporation_depth, double evaporation_cut, double evaporation_exponent, double tiny) {
  if (storage.dimensions().size() != 2 || precipitation.dimensions().size() != 2 || theta->dimensions().size() != 3)
    return wrong_shape();
  BucketArguments a = arguments(storage, precipitation, potential, root_share, transpiration_fraction, thickness,
                                coarse, field_capacity, wilting_point, spells, depletion_fraction, air_dry_fraction,
                                evaporation_depth, evaporation_cut, evaporation_exponent, tiny);
  a.theta = theta->typed_data();
  a.face_flux = face_flux->typed_data();
  a.taken = taken->typed_data();
  a.end = end->typed_data();
  chosen().year(a);
  return ffi::Error::Success();
}

ffi::Error adjoint_handler(Doubles storage, Doubles precipitation, Doubles potential, Doubles root_share,
                           Doubles transpiration_fraction, Doubles thickness, Doubles coarse, Doubles field_capacity,
                           Doubles wilting_point, Doubles theta, Doubles face_flux, Doubles taken, Doubles end,
                           Result storage_bar, Result precipitation_bar, Result potential_bar, Result root_share_bar,
                           Result transpiration_fraction_bar, Result thickness_bar, Result coarse_bar,
                           Result field_capacity_bar, Result wilting_point_bar, int32_t spells,
                           double depletion_fraction, double air_dry_fraction, double evaporation_depth,
                           double evaporation_cut, double evaporation_exponent, double tiny) {
  if (storage.dimensions().size() != 2 || precipitation.dimensions().size() != 2 || theta.dimensions().size() != 3)
    return wrong_shape();
  BucketAdjointArguments a{};
  a.forward = arguments(storage, precipitation, potential, root_share, transpiration_fraction, thickness, coarse,
                        field_capacity, wilting_point, spells, depletion_fraction, air_dry_fraction,
                        evaporation_depth, evaporation_cut, evaporation_exponent, tiny);
  a.theta = theta.typed_data();
  a.face_flux = face_flux.typed_data();
  a.taken = taken.typed_data();
  a.end = end.typed_data();
  a.storage = storage_bar->typed_data();
  a.precipitation = precipitation_bar->typed_data();
  a.potential = potential_bar->typed_data();
  a.root_share = root_share_bar->typed_data();
  a.transpiration_fraction = transpiration_fraction_bar->typed_data();
  a.thickness = thickness_bar->typed_data();
  a.coarse = coarse_bar->typed_data();
  a.field_capacity = field_capacity_bar->typed_data();
  a.wilting_point = wilting_point_bar->typed_data();
  chosen().adjoint(a);
  return ffi::Error::Success();
}

}  // namespace
}  // namespace pedozone

extern "C" __attribute__((visibility("default"))) XLA_FFI_Error *pedozone_bucket(XLA_FFI_CallFrame *call_frame) {
  static auto *handler = ffi::Ffi::Bind()
                             .Arg<pedozone::Doubles>()  // storage
                             .Arg<pedozone::Doubles>()  // precipitation
                             .Arg<pedozone::Doubles>()  // potential evapotranspiration
                             .Arg<pedozone::Doubles>()  // root share
                             .Arg<pedozone::Doubles>()  // transpiration fraction
                             .Arg<pedozone::Doubles>()  // thickness
                             .Arg<pedozone::Doubles>()  // coarse
                             .Arg<pedozone::Doubles>()  // field capacity
                             .Arg<pedozone::Doubles>()  // wilting point
                             .Ret<pedozone::Doubles>()  // theta
                             .Ret<pedozone::Doubles>()  // face flux
                             .Ret<pedozone::Doubles>()  // taken
                             .Ret<pedozone::Doubles>()  // end
                             .Attr<int32_t>("spells")
                             .Attr<double>("depletion_fraction")
                             .Attr<double>("air_dry_fraction")
                             .Attr<double>("evaporation_depth")
                             .Attr<double>("evaporation_cut")
                             .Attr<double>("evaporation_exponent")
                             .Attr<double>("tiny")
                             .To(pedozone::bucket_handler)
                             .release();
  return handler->Call(call_frame);
}

extern "C" __attribute__((visibility("default"))) XLA_FFI_Error *pedozone_bucket_adjoint(
    XLA_FFI_CallFrame *call_frame) {
  static auto *handler = ffi::Ffi::Bind()
                             .Arg<pedozone::Doubles>()  // storage
                             .Arg<pedozone::Doubles>()  // precipitation
                             .Arg<pedozone::Doubles>()  // potential evapotranspiration
                             .Arg<pedozone::Doubles>()  // root share
                             .Arg<pedozone::Doubles>()  // transpiration fraction
                             .Arg<pedozone::Doubles>()  // thickness
                             .Arg<pedozone::Doubles>()  // coarse
                             .Arg<pedozone::Doubles>()  // field capacity
                             .Arg<pedozone::Doubles>()  // wilting point
                             .Arg<pedozone::Doubles>()  // cotangent of theta
                             .Arg<pedozone::Doubles>()  // cotangent of face flux
                             .Arg<pedozone::Doubles>()  // cotangent of taken
                             .Arg<pedozone::Doubles>()  // cotangent of end
                             .Ret<pedozone::Doubles>()  // cotangent of storage
                             .Ret<pedozone::Doubles>()  // cotangent of precipitation
                             .Ret<pedozone::Doubles>()  // cotangent of potential evapotranspiration
                             .Ret<pedozone::Doubles>()  // cotangent of root share
                             .Ret<pedozone::Doubles>()  // cotangent of transpiration fraction
                             .Ret<pedozone::Doubles>()  // cotangent of thickness
                             .Ret<pedozone::Doubles>()  // cotangent of coarse
                             .Ret<pedozone::Doubles>()  // cotangent of field capacity
                             .Ret<pedozone::Doubles>()  // cotangent of wilting point
                             .Attr<int32_t>("spells")
                             .Attr<double>("depletion_fraction")
                             .Attr<double>("air_dry_fraction")
                             .Attr<double>("evaporation_depth")
                             .Attr<double>("evaporation_cut")
                             .Attr<double>("evaporation_exponent")
                             .Attr<double>("tiny")
                             .To(pedozone::adjoint_handler)
                             .release();
  return handler->Call(call_frame);
}
