/** The built distribution, from outside: real processes, real networks, real peers. */
@NullMarked
package dev.fairlead.e2e;

import org.jspecify.annotations.NullMarked;
