"""Block-tridiagonal solves of the compartmental operator: a C++ kernel and its pure-JAX twin."""
