// Entry points for XLA's foreign function interface, and the choice of instruction set.
#include <cstring>
#include <utility>
#include <vector>

#include "kernel.hpp"
#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

#define PEDOZONE_EXPORT extern "C" __attribute__((visibility("default")))

namespace pedozone {

namespace baseline {
extern const KernelTable table;
}
#ifdef PEDOZONE_X86
namespace v3 {
extern const KernelTable table;
}
namespace v4 {
extern const KernelTable table;
}
#endif

namespace {

const KernelTable *supported(const char *wanted) {
#ifdef PEDOZONE_X86
  __builtin_cpu_init();
  const bool has_v4 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                      __builtin_cpu_supports("avx512cd");
  const bool has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                      __builtin_cpu_supports("bmi2");
  const KernelTable *tables[] = {has_v4 && has_v3 ? &v4::table : nullptr, has_v3 ? &v3::table : nullptr,
                                 &baseline::table};
#else
  const KernelTable *tables[] = {&baseline::table};
#endif
  for (const KernelTable *t : tables)
    if (t && (!wanted || !*wanted || std::strcmp(wanted, t->name) == 0)) return t;
  return nullptr;
}

const KernelTable *active = supported(nullptr);

// Reads the operands in the order in which the Python side lists them.
class Reader {
 public:
  explicit Reader(ffi::RemainingArgs args) : args_(args) {}
  const double *next() {
    auto buffer = args_.get<ffi::AnyBuffer>(at_++);
    if (!buffer.has_value() || buffer->element_type() != ffi::DataType::F64) {
      ok_ = false;
      return nullptr;
    }
    dimensions_ = buffer->dimensions();
    return static_cast<const double *>(buffer->untyped_data());
  }
  const double *const *list(std::vector<const double *> &into, int count) {
    for (int k = 0; k < count; ++k) into.push_back(next());
    return into.data();
  }
  int64_t dimension(int k) const { return dimensions_[k]; }
  int rank() const { return static_cast<int>(dimensions_.size()); }
  bool ok() const { return ok_; }

 private:
  ffi::RemainingArgs args_;
  size_t at_ = 0;
  bool ok_ = true;
  ffi::AnyBuffer::Dimensions dimensions_{};
};

using Ints = ffi::Span<const int32_t>;

Graph graph(Ints shape, Ints donor, Ints receiver, Ints loss_donor, Ints loss_fate, Ints input_pool, Ints pool_class,
            Ints inc_donor, Ints inc_receiver, Ints component_start, Ints component_pool) {
  Graph g;
  g.pools = static_cast<int32_t>(pool_class.size());
  g.cells = shape.begin()[0];
  g.organic = shape.begin()[1];
  g.fates = shape.begin()[2];
  g.classes = shape.begin()[3];
  g.transfers = static_cast<int32_t>(donor.size());
  g.losses = static_cast<int32_t>(loss_donor.size());
  g.inputs = static_cast<int32_t>(input_pool.size());
  g.incorporations = static_cast<int32_t>(inc_donor.size());
  g.components = static_cast<int32_t>(component_start.size()) - 1;
  g.donor = donor.begin();
  g.receiver = receiver.begin();
  g.loss_donor = loss_donor.begin();
  g.loss_fate = loss_fate.begin();
  g.input_pool = input_pool.begin();
  g.pool_class = pool_class.begin();
  g.inc_donor = inc_donor.begin();
  g.inc_receiver = inc_receiver.begin();
  g.component_start = component_start.begin();
  g.component_pool = component_pool.begin();
  return g;
}

ffi::Error float64_required() {
  return ffi::Error::InvalidArgument("pedozone's kernel needs float64 arrays; enter jax.enable_x64(True) first");
}

// Buffers of the vectors of pointers; they must outlive the call.
struct OperatorLists {
  std::vector<const double *> rate, rate0, down, up, inc_rate, inc_share;
};

Operator read_operator(const Graph &g, Reader &in, OperatorLists &lists) {
  Operator op{};
  op.rate = in.list(lists.rate, g.transfers + g.losses);
  op.down = in.list(lists.down, g.classes);
  op.up = in.list(lists.up, g.classes);
  op.inc_rate = in.list(lists.inc_rate, g.incorporations);
  op.inc_share = in.list(lists.inc_share, g.incorporations);
  return op;
}

// The operands of a step, all but its ledger; false if they are not what they should be.
bool read_step(StepArguments &a, bool patankar, Reader &in, OperatorLists &lists, std::vector<const double *> &inputs) {
  a.state = in.next();
  if (!in.ok() || in.rank() != 4) return false;
  a.quantities = static_cast<int32_t>(in.dimension(0));
  a.batch = in.dimension(3);
  const double *dt = in.next();
  a.signature = in.next();
  a.ageing = in.next();
  a.decay = in.next();
  a.input = in.list(inputs, a.graph.inputs);
  a.op = read_operator(a.graph, in, lists);
  if (patankar) {
    a.op.rate0 = in.list(lists.rate0, a.graph.transfers + a.graph.losses);
    a.op.stage = in.next();
  }
  if (!in.ok()) return false;
  a.dt = *dt;
  a.identity = 1.0;
  return true;
}

ffi::Error step_handler(ffi::RemainingArgs args, ffi::RemainingRets rets, Ints shape, Ints donor, Ints receiver,
                        Ints loss_donor, Ints loss_fate, Ints input_pool, Ints pool_class, Ints inc_donor,
                        Ints inc_receiver, Ints component_start, Ints component_pool) {
  StepArguments a{};
  a.graph = graph(shape, donor, receiver, loss_donor, loss_fate, input_pool, pool_class, inc_donor, inc_receiver,
                  component_start, component_pool);
  const bool patankar = shape.begin()[4], keep = shape.begin()[5];
  Reader in(args);
  OperatorLists lists;
  std::vector<const double *> inputs;
  if (!read_step(a, patankar, in, lists, inputs)) return float64_required();
  auto result = [&](size_t k) { return static_cast<double *>(rets.get<ffi::AnyBuffer>(k).value()->untyped_data()); };
  a.out = result(0);
  if (keep) {
    double **slot[] = {&a.ledger.stock, &a.ledger.flux, &a.ledger.down, &a.ledger.up,    &a.ledger.inc,
                       &a.ledger.input, &a.ledger.loss, &a.ledger.face, &a.ledger.moved, &a.ledger.source};
    for (size_t k = 0; k < 10; ++k) {  // aliased by request; copied where the compiler did not alias
      *slot[k] = result(k + 1);
      const double *before = in.next();
      if (before != *slot[k]) {
        auto buffer = rets.get<ffi::AnyBuffer>(k + 1).value();
        std::memcpy(*slot[k], before, buffer->size_bytes());
      }
    }
  }
  active->step(a);
  return ffi::Error::Success();
}

ffi::Error step_adjoint_handler(ffi::RemainingArgs args, ffi::RemainingRets rets, Ints shape, Ints donor,
                                Ints receiver, Ints loss_donor, Ints loss_fate, Ints input_pool, Ints pool_class,
                                Ints inc_donor, Ints inc_receiver, Ints component_start, Ints component_pool) {
  StepAdjointArguments a{};
  StepArguments &f = a.forward;
  f.graph = graph(shape, donor, receiver, loss_donor, loss_fate, input_pool, pool_class, inc_donor, inc_receiver,
                  component_start, component_pool);
  const Graph &g = f.graph;
  const bool patankar = shape.begin()[4];
  Reader in(args);
  OperatorLists lists;
  std::vector<const double *> inputs;
  if (!read_step(f, patankar, in, lists, inputs)) return float64_required();
  f.out = const_cast<double *>(in.next());  // read only
  a.cotangent = in.next();
  if (!in.ok()) return float64_required();
  std::vector<double *> results;
  for (size_t k = 0; k < rets.size(); ++k)
    results.push_back(static_cast<double *>(rets.get<ffi::AnyBuffer>(k).value()->untyped_data()));
  double **next = results.data();
  auto take = [&](int count) { return std::exchange(next, next + count); };
  const int fluxes = g.transfers + g.losses;
  a.state = *take(1);
  a.input = take(g.inputs);
  a.rate = take(fluxes);
  a.down = take(g.classes);
  a.up = take(g.classes);
  a.inc_rate = take(g.incorporations);
  a.inc_share = take(g.incorporations);
  if (patankar) {
    a.rate0 = take(fluxes);
    a.stage = *take(1);
  }
  active->step_adjoint(a);
  return ffi::Error::Success();
}

ffi::Error solve_handler(ffi::RemainingArgs args, ffi::RemainingRets rets, Ints shape, Ints donor, Ints receiver,
                         Ints loss_donor, Ints loss_fate, Ints input_pool, Ints pool_class, Ints inc_donor,
                         Ints inc_receiver, Ints component_start, Ints component_pool) {
  SolveArguments a{};
  a.graph = graph(shape, donor, receiver, loss_donor, loss_fate, input_pool, pool_class, inc_donor, inc_receiver,
                  component_start, component_pool);
  a.transpose = shape.begin()[4] != 0;
  Reader in(args);
  OperatorLists lists;
  a.rhs = in.next();
  if (!in.ok() || in.rank() != 4) return float64_required();
  a.right_hand_sides = static_cast<int32_t>(in.dimension(0));
  a.batch = in.dimension(3);
  const double *dt = in.next(), *identity = in.next();
  a.op = read_operator(a.graph, in, lists);
  if (!in.ok()) return float64_required();
  a.dt = *dt;
  a.identity = *identity;
  a.out = static_cast<double *>(rets.get<ffi::AnyBuffer>(0).value()->untyped_data());
  active->solve(a);
  return ffi::Error::Success();
}

ffi::Error dense_handler(ffi::RemainingArgs args, ffi::RemainingRets rets) {
  DenseArguments a{};
  Reader in(args);
  a.diagonal = in.next();
  a.lower = in.next();
  a.upper = in.next();
  a.rhs = in.next();
  if (!in.ok() || in.rank() != 4) return float64_required();
  a.right_hand_sides = static_cast<int32_t>(in.dimension(0));
  a.size = static_cast<int32_t>(in.dimension(1));
  a.cells = static_cast<int32_t>(in.dimension(2));
  a.batch = in.dimension(3);
  if (a.size > largest_component) return ffi::Error::InvalidArgument("dense blocks larger than 16 are not supported");
  a.out = static_cast<double *>(rets.get<ffi::AnyBuffer>(0).value()->untyped_data());
  active->dense(a);
  return ffi::Error::Success();
}

}  // namespace
}  // namespace pedozone

#define PEDOZONE_GRAPH_ATTRIBUTES               \
  .Attr<pedozone::Ints>("shape")                \
      .Attr<pedozone::Ints>("donor")            \
      .Attr<pedozone::Ints>("receiver")         \
      .Attr<pedozone::Ints>("loss_donor")       \
      .Attr<pedozone::Ints>("loss_fate")        \
      .Attr<pedozone::Ints>("input_pool")       \
      .Attr<pedozone::Ints>("pool_class")       \
      .Attr<pedozone::Ints>("inc_donor")        \
      .Attr<pedozone::Ints>("inc_receiver")     \
      .Attr<pedozone::Ints>("component_start")  \
      .Attr<pedozone::Ints>("component_pool")

#define PEDOZONE_HANDLER(symbol, function, binding)                                       \
  PEDOZONE_EXPORT XLA_FFI_Error *symbol(XLA_FFI_CallFrame *call_frame) {                  \
    static auto *handler = binding.To(function).release();                                \
    return handler->Call(call_frame);                                                     \
  }

PEDOZONE_HANDLER(pedozone_step, pedozone::step_handler,
                 ffi::Ffi::Bind().RemainingArgs().RemainingRets() PEDOZONE_GRAPH_ATTRIBUTES)
PEDOZONE_HANDLER(pedozone_step_adjoint, pedozone::step_adjoint_handler,
                 ffi::Ffi::Bind().RemainingArgs().RemainingRets() PEDOZONE_GRAPH_ATTRIBUTES)
PEDOZONE_HANDLER(pedozone_solve, pedozone::solve_handler,
                 ffi::Ffi::Bind().RemainingArgs().RemainingRets() PEDOZONE_GRAPH_ATTRIBUTES)
PEDOZONE_HANDLER(pedozone_dense, pedozone::dense_handler, ffi::Ffi::Bind().RemainingArgs().RemainingRets())

// Headers newer than the running jaxlib would register silently and then fail: the Python side compares first.
PEDOZONE_EXPORT int pedozone_ffi_minor() { return XLA_FFI_API_MINOR; }
PEDOZONE_EXPORT int pedozone_ffi_major() { return XLA_FFI_API_MAJOR; }
PEDOZONE_EXPORT const char *pedozone_isa() { return pedozone::active->name; }
PEDOZONE_EXPORT int pedozone_select(const char *name) {
  const pedozone::KernelTable *found = pedozone::supported(name);
  if (!found) return 0;
  pedozone::active = found;
  return 1;
}
