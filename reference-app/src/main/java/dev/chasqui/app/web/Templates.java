package dev.chasqui.app.web;

import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import gg.jte.output.Utf8ByteOutput;
import java.util.HashMap;
import java.util.Map;

/** The pages and their parts, compiled from {@code src/main/jte}. */
final class Templates {
  private final TemplateEngine engine = TemplateEngine.createPrecompiled(
      null, ContentType.Html, Templates.class.getClassLoader(), "dev.chasqui.app.web");
  private final Assets assets;

  Templates(Assets assets) {
    this.assets = assets;
    engine.setBinaryStaticContent(false);
  }

  /** A whole page about {@code model}. */
  byte[] page(String template, Object model) {
    Map<String, Object> parameters = new HashMap<>();
    parameters.put("model", model);
    parameters.put("assets", assets);
    Utf8ByteOutput output = new Utf8ByteOutput();
    engine.render(template + ".jte", parameters, output);
    return output.toByteArray();
  }

  /** A part of a page. */
  byte[] part(String template, Object model) {
    Utf8ByteOutput output = new Utf8ByteOutput();
    engine.render(template + ".jte", model, output);
    return output.toByteArray();
  }

  String text(String template, Object model) {
    StringOutput output = new StringOutput();
    engine.render(template + ".jte", model, output);
    return output.toString();
  }
}
