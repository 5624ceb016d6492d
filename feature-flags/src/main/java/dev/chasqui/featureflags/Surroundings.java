package dev.chasqui.featureflags;

import tools.jackson.databind.node.ObjectNode;

/**
 * What a flag is read in, besides itself.
 *
 * @param metadata of all flags of its document
 * @param evaluators that rules may refer to
 * @param shared what flags that refer to the same evaluator share
 * @param attributes what rules read
 */
record Surroundings(
    FlagMetadata metadata,
    ObjectNode evaluators,
    RuleReader.SharedArrays shared,
    Attributes attributes) {
  static Surroundings of(FlagDocument document, Attributes attributes) {
    return new Surroundings(
        FlagMetadata.of(document.plainMetadata()),
        document.plainEvaluators(),
        new RuleReader.SharedArrays(),
        attributes);
  }
}
