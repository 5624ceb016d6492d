package dev.chasqui.benchmarks.pointcache.load;

/** A row of {@link VehicleTable}. */
record Vehicle(
    long id,
    String vin,
    long companyId,
    String model,
    String equipment,
    long mileage,
    long version) {}
