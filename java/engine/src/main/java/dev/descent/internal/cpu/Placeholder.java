package dev.descent.internal.cpu;

final class Placeholder {}
