/**
 * Fairlead under a mixed load with faults for a long time: what must be left afterwards is nothing.
 *
 * <p>{@link dev.fairlead.benchmarks.soak.SoakRun} makes the load and the faults and looks at the
 * process from outside (its metrics, /proc, its log); {@link dev.fairlead.benchmarks.soak.Verdict}
 * says what was wrong. No part of it runs inside the process under test.
 */
@NullMarked
package dev.fairlead.benchmarks.soak;

import org.jspecify.annotations.NullMarked;
