/**
 * Real PostgreSQL and Redis. Tests start at {@link dev.chasqui.realservers.RealServers}, those that break their Redis
 * at {@link dev.chasqui.realservers.RedisProcess}; an application that brings its
 * own servers starts at {@link dev.chasqui.realservers.RealPostgres#open} and {@link
 * dev.chasqui.realservers.RealRedis#open}.
 */
@NullMarked
package dev.chasqui.realservers;

import org.jspecify.annotations.NullMarked;
