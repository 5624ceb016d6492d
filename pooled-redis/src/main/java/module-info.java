/** Redis connections for high-throughput services: few shared ones, and clean exclusive ones out of a pool. */
module dev.chasqui.pooledredis {
  requires transitive lettuce.core; // its commands are what users of a connection call
  requires org.apache.commons.pool2;
  requires io.netty.buffer;
  requires io.netty.common;
  requires io.netty.handler;
  requires io.netty.transport;
  requires static io.netty.transport.classes.epoll; // else callers drive no event loops
  requires reactor.core; // in which Lettuce wraps the addresses of nodes
  requires static micrometer.core; // for those who have a registry
  requires static io.opentelemetry.api; // for those who trace
  requires static io.opentelemetry.context;
  requires transitive org.jspecify; // annotations of our API, which compilers and IDEs read

  exports dev.chasqui.pooledredis;
}
