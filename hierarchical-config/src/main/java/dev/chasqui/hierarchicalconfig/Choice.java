package dev.chasqui.hierarchicalconfig;

/**
 * One of the values that a setting may have.
 *
 * @param <T> type of the setting
 * @param value what is stored and sent
 * @param label what people see; the value's text where there is nothing better
 */
public record Choice<T>(T value, String label) {}
