package dev.chasqui.benchmarks.pointcache;

import java.io.Serializable;

/** What a service makes of a row. */
public record Vehicle(
    long id, String vin, long companyId, long mileage, boolean active, String note)
    implements Serializable {}
