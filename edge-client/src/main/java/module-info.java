/** The device side: connect, sync, store, apply, acknowledge. */
module dev.chasqui.edgeclient {
  requires java.net.http;
  requires transitive dev.chasqui.hierarchicalconfig; // settings and configs show in our API
  requires transitive org.jspecify; // annotations of our API, which compilers and IDEs read

  exports dev.chasqui.edgeclient;
}
