package dev.chasqui.hierarchicalconfig;

/**
 * A new value of one setting.
 *
 * @param <T> type of the setting
 * @param setting which
 * @param before the value until now
 * @param now the value from now on, never the same as {@code before}
 */
public record Change<T>(Setting<T> setting, T before, T now) {}
