/**
 * Builds the distribution: jars, run-time image, native libraries, licence notices and the AOT
 * cache. Runs during {@code mvn package} and is not part of what it builds. It needs the JDK and
 * {@code tar}, nothing else, so that a fresh clone builds anywhere.
 */
@NullMarked
package dev.fairlead.packaging;

import org.jspecify.annotations.NullMarked;
