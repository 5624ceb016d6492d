package dev.chasqui.hierarchicalconfig;

/**
 * A profile on the path of a device.
 *
 * @param level index of its level, the widest being 0
 * @param position in path order, the widest being 0
 */
record Placed(Profile profile, int level, int position) {
  Scope scope() {
    return profile.scope();
  }
}
