package dev.chasqui.app.web;

/** A set of flags with some of everything. */
final class SampleFlags {
  static final String JSON = """
      {
        "metadata": {"flagSetId": "shop"},
        "flags": {
          "new-checkout": {
            "state": "ENABLED",
            "variants": {"on": true, "off": false},
            "defaultVariant": "off",
            "x-off": "off",
            "targeting": {"if": [{"ends_with": [{"var": "email"}, "@acme.example"]}, "on", {"fractional": [["on", 25], ["off", 75]]}]},
            "metadata": {"owner": "checkout", "description": "The checkout of two steps"}
          },
          "banner": {
            "state": "ENABLED",
            "variants": {"none": "", "spring": "Spring sale"},
            "defaultVariant": "none",
            "targeting": {"if": [{"in": [{"var": "country"}, ["DE", "FR", "IT"]]}, "spring"]}
          },
          "page-size": {"state": "ENABLED", "variants": {"small": 20, "large": 50}, "defaultVariant": "small"},
          "theme": {"state": "ENABLED", "variants": {"plain": {"colour": "#1d4ed8", "radius": 10}}, "defaultVariant": "plain"},
          "old-search": {"state": "DISABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on"},
          "express": {
            "state": "ENABLED",
            "variants": {"on": true, "off": false},
            "defaultVariant": "on",
            "x-off": "off",
            "x-prerequisites": [{"flag": "new-checkout", "variant": "on"}]
          }
        }
      }""";

  private SampleFlags() {}
}
