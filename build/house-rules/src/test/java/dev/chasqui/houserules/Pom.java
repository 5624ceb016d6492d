package dev.chasqui.houserules;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** A pom.xml as it is written, nothing inherited or interpolated. */
record Pom(Path file, Element project) {
  record Dependency(
      String groupId, String artifactId, Optional<String> version, Optional<String> scope) {
    boolean isOurs() {
      return groupId.equals("dev.chasqui");
    }

    boolean isTest() {
      return scope.equals(Optional.of("test"));
    }
  }

  static Pom read(Path file) {
    try {
      return new Pom(
          file,
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(file.toFile())
              .getDocumentElement());
    } catch (IOException | SAXException | ParserConfigurationException e) {
      throw new IllegalStateException("cannot read " + file, e);
    }
  }

  static Pom root() {
    return read(Layout.ROOT.resolve("pom.xml"));
  }

  static Pom bom() {
    return read(Layout.ROOT.resolve("bom/pom.xml"));
  }

  static Pom parentOfAll() {
    return read(Layout.ROOT.resolve("build/pom.xml"));
  }

  /** Every module of the reactor. */
  static List<Pom> modules() {
    return root()
        .elements("modules", "module")
        .map(
            module -> read(Layout.ROOT.resolve(module.getTextContent().strip()).resolve("pom.xml")))
        .toList();
  }

  Path directory() {
    return file.getParent();
  }

  String artifactId() {
    return text("artifactId")
        .orElseThrow(() -> new IllegalStateException("no <artifactId> in " + file));
  }

  /** Its own version; a part that inherits one breaks a rule of the house. */
  String version() {
    return text("version")
        .orElseThrow(() -> new IllegalStateException("no <version> of its own in " + file));
  }

  boolean isPublished() {
    return !text("packaging").equals(Optional.of("pom"))
        && !text("properties", "maven.deploy.skip").equals(Optional.of("true"));
  }

  Stream<Dependency> dependencies() {
    return elements("dependencies", "dependency").map(Pom::dependency);
  }

  Stream<Dependency> managedDependencies() {
    return elements("dependencyManagement", "dependencies", "dependency").map(Pom::dependency);
  }

  Stream<Element> elements(String... path) {
    Stream<Element> found = Stream.of(project);
    for (String name : path) {
      found = found.flatMap(element -> children(element, name));
    }
    return found;
  }

  Optional<String> text(String... path) {
    return elements(path).map(element -> element.getTextContent().strip()).findFirst();
  }

  private static Dependency dependency(Element element) {
    return new Dependency(
        text(element, "groupId").orElse(""),
        text(element, "artifactId").orElse(""),
        text(element, "version"),
        text(element, "scope"));
  }

  private static Optional<String> text(Element parent, String name) {
    return children(parent, name).map(child -> child.getTextContent().strip()).findFirst();
  }

  private static Stream<Element> children(Element parent, String name) {
    var nodes = parent.getChildNodes();
    return IntStream.range(0, nodes.getLength())
        .<Node>mapToObj(nodes::item)
        .filter(node -> node.getNodeName().equals(name))
        .map(Element.class::cast);
  }

  @Override
  public String toString() {
    return Layout.ROOT.relativize(file).toString();
  }
}
