"""The ways to make a plan, one module each; ``dispatch.solve.SOLVERS`` lists them."""
