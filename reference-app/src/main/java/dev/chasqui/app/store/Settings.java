package dev.chasqui.app.store;

import dev.chasqui.featureflags.config.RuleTargeting;
import dev.chasqui.hierarchicalconfig.Catalogue;
import dev.chasqui.hierarchicalconfig.Manifest;
import dev.chasqui.hierarchicalconfig.Resolver;
import dev.chasqui.hierarchicalconfig.Setting;
import dev.chasqui.hierarchicalconfig.schema.JsonSchemaCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.PreparedBatch;

/** The settings that can be configured: what the edge software of all teams declares. */
public final class Settings {
  private final Jdbi jdbi;
  private final JsonSchemaCheck schemas = new JsonSchemaCheck();
  private final RuleTargeting targeting = new RuleTargeting();
  private volatile Loaded loaded = new Loaded(-1, Catalogue.of());

  private record Loaded(long version, Catalogue catalogue) {}

  public Settings(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /** The language of conditions and variants: that of devices, or they would get what nobody sees here. */
  public RuleTargeting targeting() {
    return targeting;
  }

  /** Resolves by {@link #catalogue()}, as devices do. */
  public Resolver resolver() {
    return new Resolver(catalogue(), Fleet.HIERARCHY, targeting);
  }

  /** All declarations, in the order they were first made. Read anew only after one has changed. */
  public Catalogue catalogue() {
    return jdbi.withHandle(this::catalogue);
  }

  /** As {@link #catalogue()}, as the transaction of {@code handle} sees it. */
  public Catalogue catalogue(Handle handle) {
    long version =
        handle.createQuery("select catalogue from clock").mapTo(long.class).one();
    Loaded known = loaded;
    if (known.version() == version) {
      return known.catalogue();
    }
    List<Setting<?>> settings = new ArrayList<>();
    handle
        .createQuery("select declaration from setting order by position")
        .mapTo(String.class)
        .forEach(declaration -> settings.add(Manifest.readSetting(Json.read(declaration))));
    Catalogue catalogue = Catalogue.of(settings).withSchemas(schemas);
    if (!handle.isInTransaction()) { // what a transaction sees may yet be rolled back
      loaded = new Loaded(version, catalogue);
    }
    return catalogue;
  }

  /** Adds declarations, and replaces those whose key is there. */
  public void declare(Collection<? extends Setting<?>> settings) {
    jdbi.useTransaction(handle -> declare(handle, settings));
  }

  /** As {@link #declare(Collection)}, in the transaction of {@code handle}. */
  public void declare(Handle handle, Collection<? extends Setting<?>> settings) {
    if (settings.isEmpty()) {
      return;
    }
    PreparedBatch batch = handle.prepareBatch("""
        insert into setting (key, declaration) values (:key, :declaration::jsonb)
        on conflict (key) do update set declaration = excluded.declaration
        where setting.declaration is distinct from excluded.declaration""");
    for (Setting<?> setting : settings) {
      batch
          .bind("key", setting.key())
          .bind("declaration", Manifest.write(setting).toString())
          .add();
    }
    if (Arrays.stream(batch.execute()).anyMatch(rows -> rows > 0)) {
      handle.execute("update clock set catalogue = catalogue + 1");
    }
  }
}
