package dev.chasqui.hierarchicalconfig;

import static dev.chasqui.hierarchicalconfig.Json.assertMalformed;
import static dev.chasqui.hierarchicalconfig.Json.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

final class DeltaTest {
  private static LongStream seeds() {
    return LongStream.range(0, 400);
  }

  private static ObjectNode object(String text) {
    return (ObjectNode) json(text);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          {'a':1}               | {'a':1}          | {'merge':{}}
          {'a':1}               | {'a':2}          | {'merge':{'a':2}}
          {'a':1,'b':2}         | {'b':2}          | {'merge':{'a':null}}
          {'a':{'b':1,'c':2}}   | {'a':{'b':1,'c':3}} | {'merge':{'a':{'c':3}}}
          {'a':[1,2]}           | {'a':[1,2,null]} | {'merge':{'a':[1,2,null]}}
          {'a':1}               | {'a':{}}         | {'merge':{'a':{}}}
          {'a':{'b':1}}         | {'a':{}}         | {'merge':{'a':{'b':null}}}
          {'a':null,'b':1}      | {'a':null,'b':2} | {'merge':{'b':2}}
          {'a':{'b':null}}      | {}               | {'merge':{'a':null}}
          {}                    | {'a':null}       | {'operations':[{'path':'/a','value':null}]}
          {'x':1,'a':{'b':1}}   | {'a':{'b':null}} | {'operations':[{'path':'/x'},{'path':'/a/b','value':null}]}
          {}                    | {'a':{'b':null}} | {'operations':[{'path':'/a','value':{'b':null}}]}
          {'':{'~/':1}}         | {'':{'~/':null}} | {'operations':[{'path':'//~0~1','value':null}]}
          """)
  void between_twoObjects_isAPatchWhereThatIsExact(String from, String to, String delta) {
    Delta made = Delta.between(object(from), object(to));
    assertThat(made.toJson()).isEqualTo(json(delta));
    assertThat(Delta.read(json(delta))).isEqualTo(made);
    assertThat(made.apply(object(from))).isEqualTo(json(to));
    assertThat(made.isEmpty()).isEqualTo(from.strip().equals(to.strip()));
  }

  /** Those of RFC 7396, appendix A, whose target and patch are objects. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          {'a':'b'}         | {'a':'c'}             | {'a':'c'}
          {'a':'b'}         | {'b':'c'}             | {'a':'b','b':'c'}
          {'a':'b'}         | {'a':null}            | {}
          {'a':'b','b':'c'} | {'a':null}            | {'b':'c'}
          {'a':['b']}       | {'a':'c'}             | {'a':'c'}
          {'a':'c'}         | {'a':['b']}           | {'a':['b']}
          {'a':{'b':'c'}}   | {'a':{'b':'d','c':null}} | {'a':{'b':'d'}}
          {'a':[{'b':'c'}]} | {'a':[1]}             | {'a':[1]}
          {'e':null}        | {'a':1}               | {'e':null,'a':1}
          {}                | {'a':{'bb':{'ccc':null}}} | {'a':{'bb':{}}}
          """)
  void apply_mergePatch_followsTheRfc(String from, String patch, String result) {
    ObjectNode document = object(from);
    assertThat(new Delta.MergePatch(object(patch)).apply(document)).isEqualTo(json(result));
    assertThat(document).isEqualTo(json(from));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void apply_deltaBetweenAnyTwo_makesTheOther(long seed) {
    RandomObjects pair = RandomObjects.next(seed);
    ObjectNode from = pair.from();
    ObjectNode to = pair.to();
    ObjectNode before = from.deepCopy();

    Delta delta = Delta.between(from, to);
    Delta sent = Delta.read(JsonMapper.shared().readTree(delta.toJson().toString()));

    assertThat(delta.apply(from)).isEqualTo(to);
    assertThat(sent.apply(from)).isEqualTo(to);
    assertThat(sent).isEqualTo(delta);
    assertThat(from).isEqualTo(before);
    assertThat(delta.isEmpty()).isEqualTo(from.equals(to));
  }

  @Test
  void apply_operationOnWhatIsNotThere_namesThePath() {
    Delta delta = Delta.read(json("{'operations':[{'path':'/a/b','value':1}]}"));
    for (String from : List.of("{}", "{'a':1}", "{'a':[1]}", "{'a':null}")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> delta.apply(object(from)))
          .withMessage("there is no object with the member \"/a/b\"");
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
          []                                   | the document must have either "merge" or "operations"
          {}                                   | the document must have either
          {'merge':{},'operations':[]}         | the document must have either
          {'merge':1}                          | /merge must be an object, was 1
          {'operations':{}}                    | /operations must be a list, was an object
          {'operations':[1]}                   | /operations/0 must be an object, was 1
          {'operations':[{'path':1}]}          | /operations/0/path must be a string, was 1
          {'operations':[{'path':''}]}         | /operations/0: path must be a JSON pointer to a member, was ""
          {'operations':[{'path':'/a'},{'path':'a'}]} | /operations/1: path must be
          {'operations':[{'path':'/~2'}]}      | /operations/0: path must be
          {'merge':{'a':1e400}}                | /merge: "/merge" has a number that is not finite
          """)
  void read_malformed_namesThePlace(String text, String message) {
    assertMalformed(() -> Delta.read(json(text)), message);
  }

  @Test
  void read_pathDeeperThanValuesMayBe_isRefused() {
    String path = "/a".repeat(65);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Delta.read(json("{'operations':[{'path':'" + path + "'}]}")))
        .withMessageContaining("path must have at most 64 steps");
  }
}
