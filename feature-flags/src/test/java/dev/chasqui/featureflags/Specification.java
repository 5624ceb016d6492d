package dev.chasqui.featureflags;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The requirements of OpenFeature's specification that a test is of. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Specification {
  /** As OpenFeature numbers them: {@code 2.4.1}; what they say is in {@code openfeature-requirements.json}. */
  String[] value();
}
