package dev.chasqui.featureflags;

/**
 * What is wrong with a flag of a document.
 *
 * @param flag its key
 * @param pointer JSON pointer (RFC 6901) into the document of what is wrong
 * @param message what the rule is
 * @param keptLastGood whether the flag is still what an earlier document said; if not it is {@code PARSE_ERROR}
 */
public record FlagProblem(String flag, String pointer, String message, boolean keptLastGood) {}
