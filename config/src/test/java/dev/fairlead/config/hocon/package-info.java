/** Tests of the HOCON reader: messages are compared word for word, since they are its product. */
@NullMarked
package dev.fairlead.config.hocon;

import org.jspecify.annotations.NullMarked;
