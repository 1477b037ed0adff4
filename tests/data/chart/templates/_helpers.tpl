{{- define "flagsmith.fullname" }}{{ .Release.Name }}{{ end }}
{{- define "flagsmith.namespace" }}{{ .Release.Namespace }}{{ end }}
{{- define "test.variables" }}
{{- range $name, $value := .extraEnv }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- range $name, $from := .extraEnvFromSecret }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $from.secretName }}, key: {{ $from.secretKey }}}}
{{- end }}
{{- end }}
{{- define "test.api" }}
- name: DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ include "flagsmith.fullname" . }}, key: DATABASE_URL}}
- name: DJANGO_SECRET_KEY
  valueFrom: {secretKeyRef: {name: {{ include "flagsmith.fullname" . }}-django-secret-key, key: django-secret-key}}
{{- include "test.variables" .Values.api }}
{{- end }}
