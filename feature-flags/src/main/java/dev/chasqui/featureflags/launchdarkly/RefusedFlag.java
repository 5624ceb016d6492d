package dev.chasqui.featureflags.launchdarkly;

/**
 * A flag that was not taken over, since it would not have been the same.
 *
 * @param flag its key
 * @param pointer JSON pointer (RFC 6901) into LaunchDarkly's data of what stands in the way
 * @param reason why
 */
public record RefusedFlag(String flag, String pointer, String reason) {}
