/** The device side: connect, sync, store, apply, acknowledge. */
module dev.chasqui.edgeclient {
  requires java.net.http;
  requires transitive dev.chasqui.hierarchicalconfig; // settings and configs show in our API
  requires static transitive org.jspecify; // annotations only, but they show in our API

  exports dev.chasqui.edgeclient;
}
