/**
 * Reads HOCON (Typesafe Config) into {@link dev.fairlead.config.Configuration}.
 *
 * <p>{@code HoconFiles} parses files and includes; {@code Section} gives typed access to layers of
 * values (own value, the user's {@code defaults}, {@code reference.conf}) and writes a finding for
 * whatever is wrong; the {@code …Reader}s build the records; {@code CrossCheck} looks at how they
 * fit together. A wrong value is reported and replaced by its default, so that one run finds
 * everything. It runs before the first listener opens: no switch over types and no composed
 * Comparator, which the JVM links anew at each start, whatever its AOT cache holds. Nothing here
 * keeps state between two reads.
 */
@NullMarked
package dev.fairlead.config.hocon;

import org.jspecify.annotations.NullMarked;
