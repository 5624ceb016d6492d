package dev.chasqui.benchmarks.pooledredis.pipelined;

import dev.chasqui.benchmarks.pooledredis.Lettuce;
import java.net.URI;

/** One connection for all threads. */
public class LettuceShared extends PipelinedBenchmark {
  @Override
  public Client open(URI uri, int threads) {
    Lettuce lettuce = new Lettuce(uri);
    return new SharedCommands(lettuce.connect().async(), lettuce::close);
  }
}
