package dev.chasqui.edgeclient;

import dev.chasqui.hierarchicalconfig.Setting;

/**
 * A new value of one setting.
 *
 * @param <T> type of the setting
 * @param setting which
 * @param before the value until now
 * @param now the value from now on, never equal to {@code before}
 * @param revision up to which every change of the device's path is part of the config with this value
 */
public record Change<T>(Setting<T> setting, T before, T now, long revision) {}
