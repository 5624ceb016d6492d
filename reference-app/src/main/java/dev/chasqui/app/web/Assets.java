package dev.chasqui.app.web;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The files that pages need, held in memory. Their URLs carry a version, a webjar's or the hash of
 * our own, so that browsers may keep them for ever.
 */
final class Assets {
  private static final String FOR_EVER = "public, max-age=31536000, immutable";

  private final Map<String, Asset> byUrl = new HashMap<>();
  private final Map<String, String> urls = new HashMap<>();

  @SuppressWarnings("ArrayRecordComponent") // written once, compared by nobody
  private record Asset(String type, byte[] plain, byte[] zipped) {}

  Assets() {
    webjar("org.webjars.npm", "htmx.org", "dist/htmx.min.js");
    webjar("org.webjars.npm", "htmx-ext-sse", "sse.js");
    webjar("org.webjars.npm", "uplot", "dist/uPlot.iife.min.js");
    webjar("org.webjars.npm", "uplot", "dist/uPlot.min.css");
    webjar("org.webjars", "swagger-ui", "swagger-ui-bundle.js");
    webjar("org.webjars", "swagger-ui", "swagger-ui.css");
    own("app.css");
    own("app.js");
    own("api.js");
    own("mark.svg");
  }

  /** The URL of a file, by its last name. */
  String url(String name) {
    String url = urls.get(name);
    if (url == null) {
      throw new IllegalArgumentException("there is no file " + name);
    }
    return url;
  }

  private void webjar(String group, String artifact, String file) {
    Properties maven = new Properties();
    try (InputStream in = open("META-INF/maven/" + group + '/' + artifact + "/pom.properties")) {
      maven.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String path = artifact + '/' + maven.getProperty("version") + '/' + file;
    add(
        file.substring(file.lastIndexOf('/') + 1),
        "/assets/" + path,
        read("META-INF/resources/webjars/" + path));
  }

  private void own(String name) {
    byte[] bytes = read("web/" + name);
    add(name, "/assets/chasqui/" + hash(bytes) + '/' + name, bytes);
  }

  private void add(String name, String url, byte[] bytes) {
    urls.put(name, url);
    byUrl.put(url, new Asset(type(name), bytes, zip(bytes)));
  }

  /** For {@code /assets/*}. */
  Reply serve(String path, @Nullable String acceptEncoding) {
    Asset asset = byUrl.get(path);
    if (asset == null) {
      throw HttpProblem.of(404, "Not found", "there is no file " + path);
    }
    boolean zipped = acceptEncoding != null && acceptEncoding.contains("gzip");
    Map<String, String> headers =
        new HashMap<>(Map.of("Cache-Control", FOR_EVER, "Vary", "Accept-Encoding"));
    if (zipped) {
      headers.put("Content-Encoding", "gzip");
    }
    return new Reply(200, asset.type(), zipped ? asset.zipped() : asset.plain(), headers);
  }

  static byte[] read(String resource) {
    try (InputStream in = open(resource)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String resource) {
    InputStream in = Assets.class.getClassLoader().getResourceAsStream(resource);
    if (in == null) {
      throw new IllegalStateException(resource + " is not on the class path");
    }
    return in;
  }

  private static String type(String name) {
    String end = name.substring(name.lastIndexOf('.') + 1);
    return switch (end) {
      case "css" -> "text/css; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> "text/javascript; charset=utf-8";
    };
  }

  private static String hash(byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(digest, 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static byte[] zip(byte[] bytes) {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream(bytes.length / 3);
    try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return zipped.toByteArray();
  }

  /** A text file of ours. */
  static String text(String resource) {
    return new String(read(resource), StandardCharsets.UTF_8);
  }
}
