package dev.chasqui.featureflags.importing;

/**
 * A flag that was not taken over, since it would not have been the same.
 *
 * @param flag its key
 * @param pointer JSON pointer (RFC 6901) into what was read of what stands in the way
 * @param reason why
 */
public record RefusedFlag(String flag, String pointer, String reason) {}
